import { resolve } from 'node:path';
import { EvosiftError } from '../base/errors.js';

/**
 * @param call The call's name, which begins the message.
 * @param option What names the file that is to be written.
 * @param inputs What the call reads.
 * @throws EvosiftError `bad_argument` where the file is one of them.
 */
export function refuseToReplace(call: string, option: string, path: string, inputs: readonly string[]): void {
  if (!inputs.some((input) => resolve(input) === resolve(path))) return;
  const text = `${call}: \`${option}\` is ${path}, which is read; name another file for the verdicts`;
  throw new EvosiftError('bad_argument', text, { option });
}
