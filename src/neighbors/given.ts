import { EvosiftError } from '../base/errors.js';

/** An option's value that a call cannot do without. @throws EvosiftError `bad_argument` where it is left out. */
export function given<Value>(call: string, name: string, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new EvosiftError('bad_argument', `${call}: give \`${name}\``, { option: name });
}
