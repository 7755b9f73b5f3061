import { EvosiftError } from '../../base/errors.js';

/** Names are mostly written in capitals; keys begin like these, or are long with small letters and digits mixed. */
const LOOKS_LIKE_A_KEY = /^(sk|gsk|hf|xai|nvapi|pplx|r8)[-_]|^AIza|^(?=.*[a-z])(?=.*\d)\w{24,}$/;

/**
 * The name of the environment variable that holds a key. Anything that may be the key itself is not shown.
 *
 * @param where What holds the name, which begins messages.
 * @throws EvosiftError `bad_argument`.
 */
export function checkKeyEnv(name: string, where: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || LOOKS_LIKE_A_KEY.test(name)) {
    throw new EvosiftError(
      'bad_argument',
      `${where}: the NAME of an environment variable belongs here, not a key (what stands there is not shown): export MY_KEY=… and write MY_KEY`,
    );
  }
  return name;
}
