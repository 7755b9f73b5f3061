import { InvalidArgumentError } from 'commander';

/** An option's value as an integer of at least `least`. */
export const integerArgument =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be an integer of at least ${least}.`);
  };

/** `5%` or `5` as 5: a percentage from 0 to 100. */
export function percentArgument(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (/^\d+(\.\d+)?%?$/.test(text) && value <= 100) return value;
  throw new InvalidArgumentError('It must be a percentage from 0% to 100%.');
}

/** A time in seconds, above 0. */
export function secondsArgument(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}
