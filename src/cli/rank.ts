import { Command, InvalidArgumentError, Option } from 'commander';
import type { RankSummary } from '../rank/assemble.js';
import { rank } from '../rank/rank.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';
import { rankingTable } from './ranking-table.js';

interface RankCommandOptions extends OutputOptions {
  readonly by?: string;
  readonly ascending?: boolean;
  readonly form: 'loss' | 'ppl';
  readonly top?: string;
  readonly of: 'left' | 'all';
  readonly where?: string;
  readonly maxIfd?: number;
  readonly per?: string;
  readonly join?: string;
  readonly out?: string;
  readonly rest?: string;
  readonly datasetInfo?: boolean;
  readonly show: number;
}

const COLUMNS = `
Conditions and columns:
  --where, --by and --per take the score fields (ic_ifd, ifd, loss_q, tokens_a, …), for the rows of an evolution its
  op, generator, round, parent and seed, the columns of --join, and the rows' own columns. A joined column that has the
  name of one of these fields is called joined_NAME, a row's own column data_NAME. Lists and objects are JSON:
  meta->>'source' = 'web'.

Examples:
  evosift rank runs/a --top 10% -o best.jsonl --rest others.jsonl
  evosift rank runs/a --where "tokens_a > 20 AND source <> 'web'" --max-ifd 1 --top 500 -o best.parquet
  evosift rank runs/a --per source --top 100 -o best.json --dataset-info
  evosift rank runs/e --per seed --where "round > 1 AND op <> 'breadth'" --top 1 -o best.jsonl`;

/** `evosift rank RUN`. */
export function rankCommand(): Command {
  const command = new Command('rank')
    .description("order and select a run's rows; writes the original rows plus scores")
    .argument('<run>', 'a run directory')
    .option('--by <field>', "the numeric field that rows are ordered by, largest first (default: the recipe's)")
    .option('--ascending', 'smallest first')
    .addOption(
      new Option('--form <form>', 'ppl adds ifd_ppl and ic_ifd_ppl, with each loss L replaced by exp(L)')
        .choices(['loss', 'ppl'])
        .default('loss'),
    )
    .option('--top <share>', 'how many to keep: 10% of the scored rows left after the filters, or a number of rows')
    .addOption(
      new Option('--of <rows>', 'what a share is of: the rows left after the filters, or all scored rows')
        .choices(['left', 'all'])
        .default('left'),
    )
    .option('--where <sql>', 'keep rows for which an SQL condition over the columns holds')
    .option('--max-ifd <x>', 'keep rows with ifd <= x', parseNumber)
    .option('--per <column>', 'take the top within each group of rows that agree in a column')
    .option('--join <file>', 'more columns, by hash or id')
    .option('--rest <file>', 'write every other row, with why it was left out')
    .option('--dataset-info', 'add the output to the dataset_info.json beside it, as LLaMA-Factory reads it')
    .option('-o, --out <file>', 'where to: .jsonl, .json, .csv or .parquet; - for JSON lines on standard output')
    .option('--show <n>', 'without -o: how many rows of the top and the bottom to show', parseNumber, 10)
    .addHelpText('after', COLUMNS)
    .action(run);
  return withOutputOptions(command);
}

async function run(directory: string, options: RankCommandOptions): Promise<void> {
  const { out, json = false, quiet, show, of, logLevel, ...given } = options;
  if (json && out === '-') throw new UsageError('--json and -o - both take standard output; give -o a file');
  await inFrame({ json, quiet, logLevel }, { label: 'ranking' }, async ({ signal, progress, silent }) => {
    const summary = await rank({
      ...given,
      run: directory,
      ...(of === 'all' && { of }),
      ...(out !== undefined && { out: out === '-' ? process.stdout : out }),
      preview: out === undefined ? show : 0,
      signal,
      onProgress: ({ rows }) => progress.update({ rows, total: null, tokens: null }),
    });
    if (json) process.stdout.write(`${JSON.stringify(toJson(summary))}\n`);
    else if (out === undefined && summary.kept > 0) {
      process.stdout.write(rankingTable(summary, process.stdout.columns ?? 120));
    }
    if (!silent) for (const line of messages(directory, summary)) progress.say(line);
    return summary.scored === 0 ? EXIT.failed : EXIT.done;
  });
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** What was done, in a few lines. */
function messages(directory: string, summary: RankSummary): string[] {
  const { rows, scored, left, kept, out, rest, datasetInfo, complete, by, byRecipe } = summary;
  const lines: string[] = [];
  if (!complete) lines.push(`${directory} is not complete: ranked the ${rows} rows that it has so far.`);
  if (scored === 0) lines.push(`None of the ${rows} rows is scored; see the reasons in ${directory}/summary.json.`);
  const filtered = left === scored ? '' : `, ${left} of them pass the filters`;
  lines.push(`${rows} rows, ${scored} scored${filtered}; kept ${kept}${out === null ? '' : ` in ${out}`}.`);
  if (byRecipe !== null && by !== 'ic_ifd') {
    lines.push(`Ordered by ${by}, which ${byRecipe} ranks by; --by names another field.`);
  }
  if (rest !== null) lines.push(`${rows - kept} others in ${rest}.`);
  if (datasetInfo !== null) lines.push(`Described in ${datasetInfo}.`);
  return lines;
}

/** JSON output uses snake_case. */
const toJson = ({ byRecipe, leftOut, datasetInfo, top, bottom, ...rest }: RankSummary): object => ({
  ...rest,
  by_recipe: byRecipe,
  left_out: leftOut,
  dataset_info: datasetInfo,
  top: top.map(rowToJson),
  bottom: bottom.map(rowToJson),
});

const rowToJson = ({ icIfd, instruction, ...row }: RankSummary['top'][number]): object => ({
  ...row,
  ic_ifd: icIfd,
  instruction,
});
