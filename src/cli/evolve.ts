import { InvalidArgumentError, Option, type Command } from 'commander';
import { dryRun, type TokenPrice } from '../evolve/dry-run.js';
import { evolve } from '../evolve/evolve.js';
import {
  BREADTHS,
  checkEvolveOptions,
  ELIMINATOR_PRESETS,
  METHODS,
  SCHEDULES,
  type EvolveOptions,
} from '../evolve/evolve-options.js';
import { planEvolution } from '../evolve/evolution-plan.js';
import type { RecipeName } from '../score/recipes/recipe.js';
import { recipes } from '../score/recipes/index.js';
import { OVERFLOWS, TEMPLATES } from '../score/score-options.js';
import type { Scorer } from '../score/scorer.js';
import { integerArgument, withModelOptions, withStepOption, type ModelArguments } from './arguments.js';
import { autoOptionsOf, withAutoOptions, type AutoArguments } from './auto-arguments.js';
import { dryRunText, evolutionText } from './evolution-text.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import {
  findGenerators,
  llmCommand,
  progressOf,
  requireData,
  runOptionsOf,
  type LlmArguments,
} from './llm-arguments.js';
import { loadModelForRun, modelName } from './load-model.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

type EvolveArguments = OutputOptions &
  Partial<ModelArguments> &
  LlmArguments &
  AutoArguments &
  Pick<EvolveOptions, 'method' | 'rounds' | 'schedule' | 'breadth' | 'eliminate' | 'bestOf' | 'withSeeds'> &
  NonNullable<EvolveOptions['scoring']> & {
    /** true: by the generator itself. */
    readonly respond?: true | string;
    readonly score?: boolean;
    readonly dryRun?: boolean;
    readonly price?: TokenPrice;
  };

/** `evosift evolve DATA…`. */
export function evolveCommand(): Command {
  const command = llmCommand(
    'evolve',
    'evolve the instructions of some rows with language models; the same command again goes on where it stopped',
  )
    .addOption(new Option('--method <method>', 'Evol-Instruct or Auto-Evol').choices(METHODS).default('evol'))
    .option('--rounds <n>', 'times that each row is evolved (may grow later)', integerArgument(1), 1)
    .addOption(new Option('--schedule <how>', 'which operation comes when').choices(SCHEDULES).default('rotate'))
    .addOption(
      new Option('--breadth <how>', 'new tasks: none, in place of their row, or added')
        .choices(BREADTHS)
        .default('off'),
    )
    .addOption(new Option('--eliminate <preset>', 'what is thrown away').choices(ELIMINATOR_PRESETS).default('strict'))
    .option('--respond [spec]', 'answer what survives, by its own generator or by another', respondArgument)
    .option('--score', 'score what survives with the model of -m (implies --respond)')
    .option('--best-of <n>', 'with --score: keep the best IC-IFD among N surviving candidates', integerArgument(1), 1)
    .option('--with-seeds', 'put the seeds among the rows of dataset.jsonl, as round 0')
    .option('--dry-run', 'show the first prompt of each operation and what would be sent; send nothing')
    .option('--price <in,out>', 'with --dry-run: what a million tokens cost', priceArgument);
  withAutoOptions(command);
  withStepOption(withModelOptions(command))
    .addOption(new Option('-r, --recipe <recipe>', 'how it is scored').choices(Object.keys(recipes) as RecipeName[]))
    .addOption(new Option('--template <template>', 'how aligned joins texts').choices(TEMPLATES))
    .option('--max-length <n>', 'the most tokens of a scored sequence', integerArgument(2))
    .addOption(new Option('--overflow <how>', 'what becomes of longer rows').choices(OVERFLOWS))
    .action(run);
  return withOutputOptions(command);
}

/** Empty where no SPEC follows: see `LlmCommand`. */
const respondArgument = (spec: string): true | string => spec === '' || spec;

function priceArgument(text: string): TokenPrice {
  const [input, output, ...others] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (input !== undefined && output !== undefined && others.length === 0 && input >= 0 && output >= 0) {
    return { input, output };
  }
  throw new InvalidArgumentError(
    'It must be two numbers: for a million tokens of prompts, and of answers (0.15,0.60).',
  );
}

async function run(data: readonly string[], given: EvolveArguments): Promise<void> {
  const { json, quiet, logLevel, dryRun: isDry = false, price, score = false, ...rest } = given;
  await inFrame({ json, quiet, logLevel }, { label: 'evolving' }, async (frame) => {
    const { signal, progress, logger, silent, report } = frame;
    if (price !== undefined && !isDry) throw new UsageError('--price belongs to --dry-run, which estimates the cost.');
    const { options, model } = await optionsOf(data, rest, score);
    const wired: EvolveOptions = {
      ...options,
      logger,
      signal,
      onProgress: (now) => progress.update(progressOf(now)),
    };
    // What is wrong with the command is told before a model is loaded, or even downloaded.
    checkEvolveOptions(wired, score);
    if (score) modelName(model);
    if (isDry) {
      // Answers are asked for where scores are, but nothing is scored.
      const planned = await dryRun({ ...wired, respond: wired.respond ?? score }, price ?? null, score);
      process.stdout.write(json === true ? `${JSON.stringify(planned)}\n` : dryRunText(planned));
      return EXIT.done;
    }
    const { out, force } = wired;
    const place = async (loaded: Scorer): Promise<string> => (await planEvolution({ ...wired, scorer: loaded })).out;
    await using scorer: Scorer | null = score
      ? await loadModelForRun(model, { out, force, place }, logger, signal, silent)
      : null;
    const evolved = await evolve({ ...wired, ...(scorer !== null && { scorer }) });
    report(
      () => evolved,
      () => evolutionText(evolved),
    );
    return evolved.total.out === 0 ? EXIT.failed : EXIT.done;
  });
}

type OptionArguments = Omit<EvolveArguments, keyof OutputOptions | 'dryRun' | 'price' | 'score'>;

async function optionsOf(
  data: readonly string[],
  given: OptionArguments,
  score: boolean,
): Promise<{ readonly options: EvolveOptions; readonly model: Partial<ModelArguments> }> {
  const { respond, recipe, template, maxLength, overflow, ...evolution } = given;
  const { model, engine, device, dtype, threads, revision, stepTokens, ...others } = evolution;
  const { auto, optimiser, ...evolving } = autoOptionsOf(others);
  const specs = [...(typeof respond === 'string' ? [respond] : []), ...(optimiser === undefined ? [] : [optimiser])];
  const { generators, named } = await findGenerators(evolving, specs);
  const options: EvolveOptions = {
    ...runOptionsOf(evolving),
    data: requireData(data, evolving),
    generators,
    respond: typeof respond === 'string' ? named(respond) : respond,
    ...(evolving.method === 'auto' && {
      auto: { ...auto, ...(optimiser !== undefined && { optimiser: named(optimiser) }) },
    }),
    ...(score && { scoring: { recipe, template, maxLength, overflow } }),
  };
  return { options, model: { model, engine, device, dtype, threads, revision, stepTokens } };
}
