import { Command } from 'commander';
import { scoreFiles, SCORE_FILES_OPTIONS, type ScoreFilesReport } from '../score/index.js';
import { percentArgument } from './arguments.js';
import { showDownload } from './download-progress.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { inFrame } from './frame.js';
import { modelSource, RUN_MODEL_OPTIONS } from './load-model.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

/** `evosift score DATA…`. */
export function scoreCommand(): Command {
  const command = new Command('score')
    .description('rows -> a run directory with losses and scores; the same command again goes on where it stopped')
    .argument('[data...]', 'files, globs, a directory, hf://datasets/OWNER/NAME[@REV][/PATH], or - for standard input');
  addOptions(addOptions(command, RUN_MODEL_OPTIONS), SCORE_FILES_OPTIONS)
    .option('--max-unscored <percent>', 'exit with 1 when more rows than this have no score', percentArgument)
    .action(score);
  return withOutputOptions(command);
}

async function score(
  data: readonly string[],
  { maxUnscored = 100, ...output }: OutputOptions & { readonly maxUnscored?: number },
  command: Command,
): Promise<void> {
  await inFrame(output, { label: 'scoring' }, async (frame) => {
    const { signal, progress, logger, report, silent } = frame;
    using download = showDownload('data', silent);
    using source = modelSource(saidOf(command, RUN_MODEL_OPTIONS), frame);
    const scored = await scoreFiles({
      ...saidOf(command, SCORE_FILES_OPTIONS),
      scorer: source.scorer,
      data,
      logger,
      signal,
      onDownload: download.update,
      onProgress: (now) => progress.update(now),
    });
    report(
      () => scored,
      () => summaryText(scored),
    );
    return exitCodeOf(scored, maxUnscored);
  });
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
  const reasons = counted(report.reasons);
  const without = reasons === '' ? '' : `, ${report.unscored} without a score (${reasons})`;
  return (
    `${report.out}: ${report.rows} rows, ${report.scored} scored${without}\n` +
    `mean ifd ${mean(report.meanIfd)}, mean ic_ifd ${mean(report.meanIcIfd)}; ` +
    `${report.rowsS.toFixed(1)} rows/s, ${Math.round(report.tokensS)} tokens/s\n` +
    remarks(report)
      .map((remark) => `${remark}\n`)
      .join('')
  );
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** Share of the outcomes beyond which answers of one token are worth a line. */
const MANY = 0.05;

/** What somebody should know of the rows who looks at the means alone. */
function remarks({ reasons, outcomes, formats, ignored, specialTokensInText }: ScoreFilesReport): string[] {
  const short = reasons['response_too_short'] ?? 0;
  return [
    ...(formats === undefined ? [] : [`rows by format: ${counted(formats)}`]),
    ...(ignored === undefined ? [] : [`rows with parts that this recipe ignores: ${counted(ignored)}`]),
    ...(specialTokensInText === undefined
      ? []
      : [`rows with special tokens in their own text: ${specialTokensInText} (see --special-tokens)`]),
    ...(short > MANY * outcomes
      ? [`answers of one token, which have no L(A) in this recipe: ${short}; the recipe aligned scores them`]
      : []),
  ];
}

const mean = (value: number | null): string => (value === null ? '-' : value.toPrecision(4));
