import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { isGlob, isHubSource } from '../rows/index.js';
import type { GenerationProgress } from '../ask/index.js';
import type { OptionSpec } from '../base/options.js';
import { parsePlans, type GeneratorPlan } from '../llm/index.js';
import { UsageError } from './exit-code.js';
import { configuredNames, isSpec, LlmCommand } from './llm-command.js';
import { addOptions } from './option-flags.js';
import type { Progress } from './progress.js';

/** What names the generators of a command line. */
export interface LlmArguments {
  readonly llm?: readonly string[];
  readonly llmConfig?: string;
  readonly hub?: boolean;
}

const DATA = 'files, globs, a directory, hf://datasets/OWNER/NAME[@REV][/PATH], or a run, whose rows are taken';

/**
 * A command that asks generators about the rows of data, with the flags of a table's options.
 *
 * @param dataFlag Names the data; default: they are the command's arguments.
 */
export function llmCommand(
  name: string,
  description: string,
  table: Readonly<Record<string, OptionSpec>>,
  dataFlag?: string,
): Command {
  const command = new LlmCommand(name).description(description);
  if (dataFlag === undefined) command.argument('[data...]', DATA);
  else command.option(dataFlag, DATA);
  command
    .addOption(llmOption())
    .option('--llm-config <file>', 'generators by name, with body fields, headers, system prompt and sampling');
  return addOptions(command, table);
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
  { llm = [], llmConfig }: LlmArguments,
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
export function requireData(data: readonly string[], { llmConfig, hub = false }: LlmArguments): readonly string[] {
  if (data.length === 0) throw new UsageError('Name the data: files, globs, a directory or a run.');
  const names = configuredNames(llmConfig);
  const stray = hub ? undefined : data.find((word) => !isData(word));
  // Without names, only a word with a colon can have been meant as a SPEC; of a missing file the reader says what is to say.
  if (stray === undefined || (names.size === 0 && !stray.includes(':'))) return data;
  if (isSpec(stray, names)) throw new UsageError(`${stray} stands among the data: put --llm right before it.`);
  const known = names.size === 0 ? 'openai:…, gguf:… or replay:…' : `${llmConfig} has ${[...names].join(', ')}`;
  throw new UsageError(`There is no file, folder or run ${stray}, and it is no generator either (${known}).`);
}

const isData = (word: string): boolean => word === '-' || isHubSource(word) || existsSync(word) || isGlob(word);

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
