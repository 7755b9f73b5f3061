import type { OpenAiEndpoint } from '../generator.js';
import { RequestError } from '../request-error.js';

/** An endpoint's key and headers as this process's environment has them. */
export interface Secrets {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** A text without any value that came from the environment, nor what a server may quote of a key. */
  readonly scrub: (text: string) => string;
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** A key's usual beginning with what follows it: servers quote parts of a wrong key. */
const QUOTED_KEY = /\b(?:sk|gsk|xai|nvapi|pplx)-[\w*-]+/g;

/** @throws RequestError `unauthorized` naming a variable that is not set. */
export function readSecrets({ keyEnv, headers }: OpenAiEndpoint): Secrets {
  const values = new Map<string, string>();
  const valueOf = (name: string, wanted: string): string => {
    const value = process.env[name]?.trim();
    if (!value)
      throw new RequestError('unauthorized', `${wanted} is in the environment variable ${name}, which is not set`);
    values.set(value, name);
    return value;
  };
  const key = keyEnv === null ? null : valueOf(keyEnv, 'the API key');
  const filled = Object.entries(headers).map(([name, text]) => [
    name,
    text.replace(VARIABLE, (_, variable: string) => valueOf(variable, `a part of the header ${name}`)),
  ]);
  // The longest first: one value may be part of another.
  const known = [...values].sort(([a], [b]) => b.length - a.length);
  return {
    key,
    headers: Object.fromEntries(filled) as Record<string, string>,
    scrub: (text) =>
      known.reduce((rest, [value, name]) => rest.replaceAll(value, `[${name}]`), text).replace(QUOTED_KEY, '[key]'),
  };
}
