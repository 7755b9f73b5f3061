import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseColumns } from '../rows/detect-layout.js';
import { isGlob } from '../rows/glob.js';
import type { GenerationOptions } from '../ask/generation-options.js';
import type { GenerationProgress } from '../ask/progress.js';
import { SAMPLING_PRESETS } from '../ask/request-options.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { parsePlans } from '../llm/spec.js';
import { ROW_FORMATS } from '../score/score-options.js';
import { integerArgument } from './arguments.js';
import { UsageError } from './exit-code.js';
import { configuredNames, isSpec, LlmCommand } from './llm-command.js';
import type { Progress } from './progress.js';

/** What every command takes that asks generators. */
export type LlmArguments = Omit<GenerationOptions, 'columns' | 'data' | 'signal' | 'onProgress' | 'logger'> & {
  readonly llm?: readonly string[];
  readonly llmConfig?: string;
  readonly columns?: string;
};

/** A command that asks generators about the rows of data, with what all of them take. */
export function llmCommand(name: string, description: string): Command {
  return new LlmCommand(name)
    .description(description)
    .argument('[data...]', 'files, globs, a directory, or a run, whose rows are taken')
    .addOption(llmOption())
    .option('--llm-config <file>', 'generators by name, with body fields, headers, system prompt and sampling')
    .option('--max-tokens <n>', 'the most tokens of an answer (default 2048)', integerArgument(1))
    .option('--temperature <t>', '0 takes the most likely token each time', numberArgument)
    .option('--top-p <p>', 'draw from the likeliest tokens that make up this share', numberArgument)
    .option('--seed <n>', 'what drawing begins with', integerArgument(0))
    .addOption(
      new Option('--sampling-preset <name>', 'what is not said above: as published, or left to the generator')
        .choices(SAMPLING_PRESETS)
        .default('published'),
    )
    .option('--concurrency <n>', 'requests in flight, for each generator', integerArgument(1))
    .option('--rpm <n>', 'requests a minute, for each generator', numberArgument)
    .option('--tpm <n>', 'tokens a minute, for each generator', numberArgument)
    .option('--timeout <seconds>', 'how long a request may take (default 120)', numberArgument)
    .option('--retries <n>', 'tries after a result that is thrown away (default 1)', integerArgument(0))
    .option('--budget-requests <n>', 'stop after so many requests; the same command goes on', integerArgument(1))
    .option('--budget-tokens <n>', 'stop after so many tokens; the same command goes on', integerArgument(1))
    .option('--prompts <dir>', 'a folder of prompts in place of the built-in ones')
    .option('-o, --out <dir>', 'the run directory (default: under runs/, named by what it is about)')
    .option('--columns <map>', 'instruction=…,input=…,output=…,id=…')
    .addOption(new Option('--format <format>', 'what the columns mean').choices(ROW_FORMATS).default('auto'))
    .option('--split <name>', 'of a directory, only the files of this split')
    .option('--limit <n>', 'take at most so many rows (may grow later)', integerArgument(1))
    .option('--force', 'start over in a directory that holds a run');
}

/** Each `--llm` has one SPEC: `LlmCommand` gives those that follow it an `--llm` of their own. */
function llmOption(): Option {
  const option = new Option(
    '--llm <spec...>',
    'openai:MODEL[@BASE_URL][#KEY_ENV], gguf:PATH, replay:FILE, or a name in --llm-config',
  ).argParser((spec: string, before: readonly string[] = []) => [...before, spec]);
  option.variadic = false;
  return option;
}

export function numberArgument(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a number of at least 0.');
}

/** The generators of a command line: those of `--llm`, and those that other options name, which may be the same. */
export interface NamedGenerators {
  readonly generators: readonly GeneratorPlan[];
  readonly named: (spec: string) => GeneratorPlan;
}

/**
 * @param others SPECs of other options.
 * @throws UsageError where `--llm` names none; EvosiftError as `parsePlans`.
 */
export async function findGenerators(
  { llm = [], llmConfig }: Pick<LlmArguments, 'llm' | 'llmConfig'>,
  others: readonly string[] = [],
): Promise<NamedGenerators> {
  if (llm.length === 0) {
    throw new UsageError('Name a generator with --llm: openai:MODEL@BASE_URL, gguf:PATH, replay:FILE, or see --help.');
  }
  // Names must be unique among all of them: the journal goes by them.
  const specs = [...new Set([...llm, ...others])];
  const plans = await parsePlans(specs, llmConfig);
  const named = (spec: string): GeneratorPlan => {
    const plan = plans[specs.indexOf(spec)];
    if (plan === undefined) throw new TypeError(`${spec} was not parsed`);
    return plan;
  };
  return { generators: [...new Set(llm)].map(named), named };
}

/**
 * The data of a command line.
 *
 * @throws UsageError where there are none, or a word among them is no data: it may be a generator's name mistyped.
 */
export function requireData(
  data: readonly string[],
  { llmConfig }: Pick<LlmArguments, 'llmConfig'>,
): readonly string[] {
  if (data.length === 0) throw new UsageError('Name the data: files, globs, a directory or a run.');
  const names = configuredNames(llmConfig);
  const stray = data.find((word) => !existsSync(word) && !isGlob(word));
  // Without names, only a word with a colon can have been meant as a SPEC; of a missing file the reader says what is to say.
  if (stray === undefined || (names.size === 0 && !stray.includes(':'))) return data;
  if (isSpec(stray, names)) throw new UsageError(`${stray} stands among the data: put --llm right before it.`);
  const known = names.size === 0 ? 'openai:…, gguf:… or replay:…' : `${llmConfig} has ${[...names].join(', ')}`;
  throw new UsageError(`There is no file, folder or run ${stray}, and it is no generator either (${known}).`);
}

/** The options as the library takes them. */
export function runOptionsOf({ llm: _specs, llmConfig: _file, columns, ...options }: LlmArguments) {
  return { ...options, columns: columns === undefined ? undefined : parseColumns(columns) };
}

/** The parts of a run that are under way are told where there are several. */
export function progressOf(now: GenerationProgress): Progress {
  const { rows, total, tokens, answered, planned, journaled, parts, inFlight, failures } = now;
  const underWay = parts.filter((part) => part.answered > 0 && part.answered < part.planned);
  const notes = [
    ...(parts.length > 1 ? underWay.map((part) => `${part.name}: ${part.answered}/${part.planned}`) : []),
    `${inFlight} in flight`,
    ...Object.entries(failures).map(([kind, count]) => `${count} ${kind}`),
  ];
  return { rows, total, tokens, questions: { answered, planned, journaled }, note: notes.join(', ') };
}

/** `{a: 2, b: 1}` as ` (a 2, b 1)`; nothing of nothing. */
export function reasonsText(reasons: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
