import { Command } from 'commander';
import { rank, RANK_OPTIONS, type RankSummary } from '../rank/index.js';
import { integerArgument } from './arguments.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import { printJson } from './json-output.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';
import { rankingTable } from './ranking-table.js';

const COLUMNS = `
Conditions and columns:
  --where, --by and --per take the score fields (ic_ifd, ifd, loss_q, tokens_a, …), for the rows of an evolution its
  op, generator, round, parent and seed, the columns of --join, and the rows' own columns. A joined column that has the
  name of one of these fields is called joined_NAME, in the second file one that the first has too joined2_NAME, a row's
  own column data_NAME. Lists and objects are JSON: meta->>'source' = 'web'. An expression of --by that can't be worked
  out for a row leaves it unranked (no_value).

Examples:
  evosift rank runs/a --top 10% -o best.jsonl --rest others.jsonl
  evosift rank runs/a --where "tokens_a > 20 AND source <> 'web'" --max-ifd 1 --top 500 -o best.parquet
  evosift rank runs/a --join runs/level --join runs/reward --by "ic_ifd * reward" --where "difficulty_level <> 'easy'"
  evosift rank runs/a --per source --top 100 -o best.json --dataset-info
  evosift rank runs/a --top 10% --export trl --base-model Qwen/Qwen2.5-0.5B -o for-trl
  evosift rank runs/e --per seed --where "round > 1 AND op <> 'breadth'" --top 1 -o best.jsonl`;

/** `evosift rank RUN`. */
export function rankCommand(): Command {
  const command = new Command('rank')
    .description("order and select a run's rows; writes the original rows plus scores")
    .argument('<run>', 'a run directory');
  addOptions(command, RANK_OPTIONS)
    .option('--show <n>', 'without -o: how many rows of the top and the bottom to show', integerArgument(0), 10)
    .addHelpText('after', COLUMNS)
    .action(run);
  return withOutputOptions(command);
}

async function run(
  directory: string,
  { show, ...output }: OutputOptions & { readonly show: number },
  command: Command,
): Promise<void> {
  const { json = false } = output;
  const { out, ...said } = saidOf(command, RANK_OPTIONS);
  if (json && out === '-') throw new UsageError('--json and -o - both take standard output; give -o a file');
  await inFrame(output, { label: 'ranking' }, async ({ signal, progress, silent }) => {
    const summary = await rank({
      ...said,
      run: directory,
      ...(out !== undefined && { out: out === '-' ? process.stdout : out }),
      preview: out === undefined ? show : 0,
      signal,
      onProgress: ({ rows, stage }) =>
        progress.update({ rows, total: null, tokens: null, ...(stage === 'embedding' && { stage }) }),
    });
    if (json) printJson(summary);
    else if (out === undefined && summary.kept > 0) {
      process.stdout.write(rankingTable(summary, process.stdout.columns ?? 120));
    }
    if (!silent) for (const line of messages(directory, summary)) progress.say(line);
    return summary.scored === 0 ? EXIT.failed : EXIT.done;
  });
}

/** What was done, in a few lines. */
function messages(directory: string, summary: RankSummary): string[] {
  const { rows, scored, left, kept, out, rest, datasetInfo, complete, by, byRecipe, joins, exported } = summary;
  const lines: string[] = [];
  if (!complete) lines.push(`${directory} is not complete: ranked the ${rows} rows that it has so far.`);
  if (scored === 0) lines.push(`None of the ${rows} rows is scored; see the reasons in ${directory}/summary.json.`);
  const filtered = left === scored ? '' : `, ${left} of them pass the filters`;
  lines.push(`${rows} rows, ${scored} scored${filtered}; kept ${kept}${out === null ? '' : ` in ${out}`}.`);
  if (byRecipe !== null && by !== 'ic_ifd') {
    lines.push(`Ordered by ${by}, which ${byRecipe} ranks by; --by names another field.`);
  }
  for (const { path, key, missing } of joins) {
    if (missing > 0) lines.push(`${path} says nothing of ${missing} of the ${scored} scored rows (by ${key}).`);
  }
  if (rest !== null) lines.push(`${rows - kept} others in ${rest}.`);
  if (exported !== null) {
    const { folder, rows: given, lines: written, leftOut, command } = exported;
    lines.push(
      `${given} rows for the trainer in ${folder}${written === given ? '' : `, in ${written} lines`}; there: ${command}`,
    );
    for (const [reason, count] of Object.entries(leftOut)) {
      lines.push(`${count} rows have no form there: ${reason}; left_out.jsonl names them.`);
    }
  }
  if (datasetInfo !== null) lines.push(`Described in ${datasetInfo}.`);
  return lines;
}
