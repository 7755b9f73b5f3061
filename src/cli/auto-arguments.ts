import { Option, type Command } from 'commander';
import { OBJECTIVES, type AutoOptions } from '../auto-evol/options.js';
import { integerArgument } from './arguments.js';
import { UsageError } from './exit-code.js';

/** The options of `--method auto`. */
export type AutoArguments = Omit<AutoOptions, 'optimiser' | 'preset' | 'seed'> & {
  readonly autoPreset?: AutoOptions['preset'];
  readonly optimiser?: string;
};

/** Adds the options of `--method auto`. */
export function withAutoOptions(command: Command): Command {
  return command
    .option('--optimise', 'with --method auto: rewrite the method before anything is evolved with it')
    .addOption(new Option('--auto-preset <name>', 'the numbers below as published').choices(['published']))
    .option('--steps <n>', 'times that the method is rewritten at most (default 10)', integerArgument(1))
    .option('--batch <n>', 'training rows evolved in a step (default 10)', integerArgument(1))
    .option('--batch-rounds <n>', "rounds that a step's rows are evolved for (default 3)", integerArgument(1))
    .option('--candidates <n>', 'rewritten methods tried in a step (default 5)', integerArgument(1))
    .option('--development <n>', 'rows that every method is tried on (default 50)', integerArgument(1))
    .option('--patience <n>', 'steps without a better method before it ends (default 2)', integerArgument(1))
    .addOption(new Option('--objective <what>', 'what makes a method better').choices(OBJECTIVES))
    .option('--method-file <file>', 'the method to begin with: a text, or a file of methods/ of a run')
    .option('--optimiser <spec>', 'who analyses and rewrites (default: the evolver itself)');
}

/**
 * Takes the options of `--method auto` out of a command's.
 *
 * @throws UsageError where there are some, but the method is another.
 */
export function autoOptionsOf<Given extends AutoArguments & { readonly method?: string; readonly seed?: number }>(
  given: Given,
) {
  const { optimise, autoPreset, steps, batch, batchRounds, candidates, development, patience, ...others } = given;
  const { objective, methodFile, optimiser, ...rest } = others;
  const auto: AutoOptions = {
    optimise,
    preset: autoPreset,
    steps,
    batch,
    batchRounds,
    candidates,
    development,
    patience,
    objective,
    methodFile,
  };
  const isGiven = optimiser !== undefined || Object.values(auto).some((value) => value !== undefined);
  if (isGiven && given.method !== 'auto') throw new UsageError('The options of Auto-Evol need --method auto.');
  return { auto: { ...auto, seed: given.seed }, optimiser, ...rest };
}
