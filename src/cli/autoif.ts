import type { Command } from 'commander';
import {
  autoif,
  autoifDryRun,
  AUTOIF_OPTIONS,
  STAGES,
  type AutoifOptions,
  type AutoifReport,
} from '../autoif/index.js';
import { alignColumns } from '../base/columns.js';
import { RECIPE_OPTIONS } from '../score/index.js';
import { showDownload } from './download-progress.js';
import { addDryRun, checkDryRun, reportDryRun, type DryRunArguments } from './dry-run.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import {
  findGenerators,
  llmCommand,
  progressOf,
  reasonsText,
  requireData,
  type LlmArguments,
} from './llm-arguments.js';
import { RUN_MODEL_OPTIONS, scoreSource } from './load-model.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

/** What only the command line has. */
interface AutoifArguments extends OutputOptions, LlmArguments, DryRunArguments {
  readonly queries?: readonly string[];
  readonly responder?: string;
  readonly judge?: string;
  readonly score?: boolean;
}

const NOTES = `
Rules such as >0.5 are quoted, or the shell takes them for a redirection: --accuracy '>=0.8'.

Examples:
  evosift autoif --queries queries.jsonl --llm openai:qwen2.5-7b@http://127.0.0.1:8080/v1 -o runs/a
  evosift autoif --queries queries.jsonl --llm openai:qwen2.5-7b --preset qwen --dpo --dataset-info -o runs/b
  evosift rank runs/a --top 1000 -o best.jsonl        (after --score -m MODEL)`;

/** `evosift autoif --queries DATA…`. */
export function autoifCommand(): Command {
  const command = llmCommand(
    'autoif',
    'make instructions whose constraints code can verify; the same command again goes on where it stopped',
    AUTOIF_OPTIONS,
    '--queries <data...>',
  )
    .option('--responder <spec>', 'who answers the queries (default: the generator of --llm)')
    .option('--judge <spec>', 'who judges contradictions and grades answers (default: the generator of --llm)')
    .option('--score', 'score the rows of sft.jsonl with the model of -m')
    .allowExcessArguments();
  addOptions(addOptions(addDryRun(command), RUN_MODEL_OPTIONS), RECIPE_OPTIONS)
    .addHelpText('after', NOTES)
    .action(run);
  return withOutputOptions(command);
}

async function run(given: AutoifArguments, command: Command): Promise<void> {
  const [stray] = command.args;
  if (stray !== undefined)
    throw new UsageError(`${stray} stands alone: the data of the queries are named by --queries.`);
  await inFrame(given, { label: 'autoif' }, async (frame) => {
    const { signal, progress, logger, report, silent } = frame;
    using download = showDownload('data', silent);
    const { price = null, dryRun = false, score = false } = given;
    checkDryRun(given);
    using source = scoreSource(score, saidOf(command, RUN_MODEL_OPTIONS), frame);
    const options: AutoifOptions = {
      ...(await optionsOf(given, command)),
      ...(source !== null && { scorer: source.scorer, scoring: saidOf(command, RECIPE_OPTIONS) }),
      logger,
      signal,
      onDownload: download.update,
      onProgress: (now) => progress.update(progressOf(now)),
    };
    if (dryRun) return reportDryRun(await autoifDryRun(options, price), given);
    const made = await autoif(options);
    report(
      () => made,
      () => summaryText(made),
    );
    // Where no answers are asked for, no rows are meant to come.
    return made.rows.sft === 0 && options.responses !== 0 ? EXIT.failed : EXIT.done;
  });
}

async function optionsOf(given: AutoifArguments, command: Command): Promise<AutoifOptions> {
  const { queries = [], responder, judge } = given;
  const others = [responder, judge].filter((spec) => spec !== undefined);
  const isAsking = (given.llm ?? []).length > 0 || others.length > 0;
  const found = isAsking ? await findGenerators(given, others) : null;
  const [generator, second] = found?.generators ?? [];
  if (second !== undefined) throw new UsageError('autoif takes one --llm; --responder and --judge name others.');
  return {
    ...saidOf(command, AUTOIF_OPTIONS),
    queries: queries.length === 0 ? [] : requireData(queries, given),
    ...(generator !== undefined && { generator }),
    ...(found !== null && responder !== undefined && { responder: found.named(responder) }),
    ...(found !== null && judge !== undefined && { judge: found.named(judge) }),
  };
}

/** What each stage let through, in the stages' order. */
function summaryText({ out, funnel, rows, start }: AutoifReport & { readonly out: string }): string {
  const stages = STAGES.filter((stage) => funnel[stage].in > 0).map((stage) => {
    const { in: came, out: left, dropped } = funnel[stage];
    return [stage, String(came), '->', String(left), reasonsText(dropped).trim()];
  });
  const table = alignColumns(stages, ['left', 'right', 'left', 'right', 'left']).map((line) => line.trimEnd());
  const pairs = funnel.dpo.in > 0 ? `, ${rows.dpo} preference pairs` : '';
  return (
    `${table.join('\n')}\n${out}: ${rows.sft} rows${pairs}\n` +
    `${start.requests} requests${reasonsText(start.failures)}, ${start.tokens} tokens in ${start.seconds.toFixed(1)} s\n`
  );
}
