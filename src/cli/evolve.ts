import type { Command } from 'commander';
import { AUTO_OPTIONS, dryRun, evolve, EVOLVE_OPTIONS, type AutoOptions, type EvolveOptions } from '../evolve/index.js';
import { RECIPE_OPTIONS } from '../score/index.js';
import { showDownload } from './download-progress.js';
import { addDryRun, checkDryRun, reportDryRun, type DryRunArguments } from './dry-run.js';
import { evolutionText } from './evolution-text.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import { findGenerators, llmCommand, progressOf, requireData, type LlmArguments } from './llm-arguments.js';
import { RUN_MODEL_OPTIONS, scoreSource } from './load-model.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

/** What only the command line has. */
interface EvolveArguments extends OutputOptions, LlmArguments, DryRunArguments {
  /** true: by the generator itself. */
  readonly respond?: true | string;
  readonly score?: boolean;
  readonly optimiser?: string;
}

/** `evosift evolve DATA…`. */
export function evolveCommand(): Command {
  const command = llmCommand(
    'evolve',
    'evolve the instructions of some rows with language models; the same command again goes on where it stopped',
    EVOLVE_OPTIONS,
  )
    .option('--respond [spec]', 'answer what survives, by its own generator or by another', respondArgument)
    .option('--score', 'score what survives with the model of -m (implies --respond)');
  addOptions(addDryRun(command), AUTO_OPTIONS).option(
    '--optimiser <spec>',
    'who analyses and rewrites (default: the evolver itself)',
  );
  addOptions(addOptions(command, RUN_MODEL_OPTIONS), RECIPE_OPTIONS).action(run);
  return withOutputOptions(command);
}

/** Empty where no SPEC follows: see `LlmCommand`. */
const respondArgument = (spec: string): true | string => spec === '' || spec;

async function run(data: readonly string[], given: EvolveArguments, command: Command): Promise<void> {
  await inFrame(given, { label: 'evolving' }, async (frame) => {
    const { signal, progress, logger, report, silent } = frame;
    using download = showDownload('data', silent);
    const { price = null, dryRun: isDry = false, score = false } = given;
    checkDryRun(given);
    using source = scoreSource(score, saidOf(command, RUN_MODEL_OPTIONS), frame);
    const options: EvolveOptions = {
      ...(await optionsOf(data, given, command)),
      ...(source !== null && { scorer: source.scorer, scoring: saidOf(command, RECIPE_OPTIONS) }),
      logger,
      signal,
      onDownload: download.update,
      onProgress: (now) => progress.update(progressOf(now)),
    };
    if (isDry) return reportDryRun(await dryRun(options, price), given);
    const evolved = await evolve(options);
    report(
      () => evolved,
      () => evolutionText(evolved),
    );
    return evolved.total.out === 0 ? EXIT.failed : EXIT.done;
  });
}

async function optionsOf(data: readonly string[], given: EvolveArguments, command: Command): Promise<EvolveOptions> {
  const { respond, optimiser } = given;
  const evolving = saidOf(command, EVOLVE_OPTIONS);
  const auto: AutoOptions = saidOf(command, AUTO_OPTIONS);
  if (evolving.method !== 'auto' && (optimiser !== undefined || Object.keys(auto).length > 0)) {
    throw new UsageError('The options of Auto-Evol need --method auto.');
  }
  const specs = [respond, optimiser].filter((spec) => typeof spec === 'string');
  const { generators, named } = await findGenerators(given, specs);
  return {
    ...evolving,
    data: requireData(data, given),
    generators,
    respond: typeof respond === 'string' ? named(respond) : respond,
    ...(evolving.method === 'auto' && {
      auto: { ...auto, ...(optimiser !== undefined && { optimiser: named(optimiser) }) },
    }),
  };
}
