import { Command, Option } from 'commander';
import { parseColumns } from '../rows/detect-layout.js';
import { recipes } from '../score/recipes/index.js';
import type { RecipeName } from '../score/recipes/recipe.js';
import { defaultDirectory } from '../score/run/default-directory.js';
import { findInputs } from '../score/run/find-inputs.js';
import { scoreFiles, type ScoreFilesReport } from '../score/run/score-files.js';
import { checkScoreFilesOptions, type ScoreFilesOptions } from '../score/run/run-options.js';
import type { Scorer } from '../score/scorer.js';
import { ANSWERS, ROW_FORMATS, OVERFLOWS, TEMPLATES, TURNS } from '../score/score-options.js';
import {
  integerArgument,
  percentArgument,
  withModelOptions,
  withStepOption,
  type ModelArguments,
} from './arguments.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { inFrame } from './frame.js';
import { loadModelForRun, modelName } from './load-model.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

type ScoreArguments = OutputOptions &
  Partial<ModelArguments> &
  Omit<ScoreFilesOptions, 'columns' | 'data' | 'input' | 'signal' | 'onProgress' | 'logger'> & {
    readonly columns?: string;
    readonly maxUnscored?: number;
  };

/** `evosift score DATA…`. */
export function scoreCommand(): Command {
  const command = new Command('score')
    .description('rows -> a run directory with losses and scores; the same command again goes on where it stopped')
    .argument('[data...]', 'files, globs, a directory, or - for standard input');
  withStepOption(withModelOptions(command))
    .addOption(
      new Option('-r, --recipe <recipe>', 'which passes are made over a row, and what is averaged')
        .choices(Object.keys(recipes) as RecipeName[])
        .default('paper'),
    )
    .addOption(new Option('--template <template>', 'how aligned joins texts').choices(TEMPLATES))
    .addOption(new Option('--turns <turns>', 'rows of several exchanges').choices(TURNS).default('reject'))
    .option('--max-length <n>', 'the most tokens of a sequence', integerArgument(2))
    .addOption(new Option('--overflow <how>', 'what becomes of longer rows').choices(OVERFLOWS).default('skip'))
    .addOption(new Option('--form <form>', 'ppl adds ifd_ppl and ic_ifd_ppl').choices(['loss', 'ppl']).default('loss'))
    .option('--per-token', 'write the losses themselves')
    .option('-o, --out <dir>', 'the run directory (default: under runs/, named by what it is about)')
    .option('--columns <map>', 'instruction=…,input=…,output=…,id=…,system=…,history=…')
    .addOption(new Option('--format <format>', 'what the columns mean').choices(ROW_FORMATS).default('auto'))
    .addOption(new Option('--answer <which>', 'the answer of a preference row that is scored').choices(ANSWERS))
    .option('--split <name>', 'of a directory, only the files of this split')
    .option('--limit <n>', 'score at most so many rows (may grow later)', integerArgument(1))
    .option('--shard <i/n>', 'only the I-th of N ranges of rows; see merge')
    .option('--reuse <run>', 'take scores over from a run where content and settings agree')
    .option('--from <run>', 'score again the best rows of an earlier run, --top says how many')
    .option('--top <share>', 'with --from: 30% of its scored rows, or a number of rows')
    .option('--batch-tokens <n>', 'the most tokens in a batch (scores do not depend on it)', integerArgument(1))
    .option('--max-unscored <percent>', 'exit with 1 when more rows than this have no score', percentArgument)
    .option('--strict', 'stop at the first row without a score')
    .option('--force', 'start over in a directory that holds a run')
    .action(score);
  return withOutputOptions(command);
}

async function score(data: readonly string[], given: ScoreArguments): Promise<void> {
  const { json, quiet, logLevel, maxUnscored = 100, columns, ...rest } = given;
  const { model, engine, device, dtype, threads, revision, stepTokens, ...options } = rest;
  await inFrame(
    { json, quiet, logLevel },
    { label: 'scoring' },
    async ({ signal, progress, logger, silent, report }) => {
      const run: ScoreFilesOptions = {
        ...options,
        data,
        columns: columns === undefined ? undefined : parseColumns(columns),
        logger,
        signal,
        onProgress: (now) => progress.update(now),
      };
      const modelArguments = { model, engine, device, dtype, threads, revision, stepTokens };
      // What is wrong with the command or absent is told before the model is loaded, or even downloaded.
      checkScoreFilesOptions(run);
      modelName(modelArguments);
      await findInputs(run);
      const { out, reuse, force } = run;
      const place = ({ info }: Scorer): string => defaultDirectory(run, info);
      const loadFor = { out, reuse, force, place };
      await using scorer = await loadModelForRun(modelArguments, loadFor, logger, signal, silent);
      const scored = await scoreFiles(scorer, run);
      report(
        () => scored,
        () => summaryText(scored),
      );
      return exitCodeOf(scored, maxUnscored);
    },
  );
}

/**
 * Rows without a score are an error when there is nothing else, or when there are too many of them. No rows at all is what
 * a shard may have, where there are more of them than rows.
 */
function exitCodeOf({ scored, unscored, outcomes }: ScoreFilesReport, maxUnscored: number): ExitCode {
  if (outcomes === 0) return EXIT.done;
  return scored === 0 || unscored > (maxUnscored / 100) * outcomes ? EXIT.failed : EXIT.done;
}

function summaryText(report: ScoreFilesReport): string {
  if (report.rows === 0)
    return `${report.out}: no rows: there are more shards than rows. merge takes it all the same\n`;
  const reasons = Object.entries(report.reasons).map(([reason, count]) => `${reason} ${count}`);
  const without = reasons.length === 0 ? '' : `, ${report.unscored} without a score (${reasons.join(', ')})`;
  return (
    `${report.out}: ${report.rows} rows, ${report.scored} scored${without}\n` +
    `mean ifd ${mean(report.mean_ifd)}, mean ic_ifd ${mean(report.mean_ic_ifd)}; ` +
    `${report.rows_s.toFixed(1)} rows/s, ${Math.round(report.tokens_s)} tokens/s\n`
  );
}

const mean = (value: number | null): string => (value === null ? '-' : value.toPrecision(4));
