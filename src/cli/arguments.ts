import { InvalidArgumentError, Option, type Command } from 'commander';

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

/** What chooses a model and what it runs on. */
export interface ModelArguments {
  readonly model: string;
  readonly engine?: 'native' | 'onnx';
  readonly device: string;
  readonly dtype: 'auto' | 'f32' | 'bf16';
  readonly threads?: number;
  readonly revision?: string;
  /** Of the commands that `withStepOption` was given. */
  readonly stepTokens?: number;
}

/** Adds the options of a command that loads a model. */
export function withModelOptions(command: Command): Command {
  return command
    .option('-m, --model <model>', 'a hub id, a directory, or pocket (bundled, for trying out)')
    .option('--revision <rev>', 'branch, tag or commit of a model from the hub')
    .addOption(
      new Option('--engine <engine>', 'default native, or onnx for an ONNX export').choices(['native', 'onnx']),
    )
    .option('--device <device>', 'auto, cpu or cuda[:i[,j…]]', 'auto')
    .addOption(
      new Option('--dtype <dtype>', 'what matmul inputs are rounded to')
        .choices(['auto', 'f32', 'bf16'])
        .default('auto'),
    )
    .option('--threads <n>', 'engine threads (default: the physical cores it may use)', integerArgument(1));
}

/** Adds what a command with runs to go on with needs besides. */
export function withStepOption(command: Command): Command {
  return command.option(
    '--step-tokens <n>',
    "tokens of a GPU's step, a multiple of 128 (default: the run's, or chosen by measuring; shards must agree)",
    integerArgument(1),
  );
}
