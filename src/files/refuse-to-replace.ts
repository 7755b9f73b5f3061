import { EvosiftError } from '../base/errors.js';
import { realPathOf } from './real-path.js';

/**
 * @param call The call's name, which begins the message.
 * @param option What names the file that is to be written.
 * @param inputs What the call reads.
 * @throws EvosiftError `bad_argument` where the file is one of them, by whatever name.
 */
export function refuseToReplace(call: string, option: string, path: string, inputs: readonly string[]): void {
  const real = realPathOf(path);
  if (!inputs.some((input) => realPathOf(input) === real)) return;
  const text = `${call}: \`${option}\` is ${path}, which is read; name another file for the verdicts`;
  throw new EvosiftError('bad_argument', text, { option });
}
