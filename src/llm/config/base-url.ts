import { EvosiftError } from '../../base/errors.js';

/**
 * An endpoint's base URL without its trailing slashes. One that holds a secret is refused without being shown.
 *
 * @param what What holds it, which begins messages.
 * @throws EvosiftError `bad_argument`.
 */
export function checkBaseUrl(text: string, what: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new EvosiftError('bad_argument', `${what} must be an http(s) URL such as http://127.0.0.1:8000/v1`);
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new EvosiftError(
      'bad_argument',
      `${what} must have no user, password or query: what is secret goes into an environment variable, named after # or in the headers of \`configFile\``,
    );
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (path.endsWith('/completions')) {
    throw new EvosiftError('bad_argument', `${what} must end before /chat/completions, usually in /v1, not in ${path}`);
  }
  return `${url.origin}${path}`;
}
