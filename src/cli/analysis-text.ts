import { alignColumns } from '../base/columns.js';
import { snakeCase } from '../base/snake-case.js';
import type { Analysis, GroupDistributions, GroupKey, IntervalEstimate, RunFunnel } from '../analyze/index.js';

/** What an analysis comes to, as tables. */
export function analysisText(analysis: Analysis): string {
  const sections = [
    ...analysis.distributions.map(distributionTable),
    ...analysis.agreement.map(({ run, pairs }) => agreementTable(run, pairs)),
    ...(analysis.vocabulary.length === 0 ? [] : [vocabularyTable(analysis)]),
    ...analysis.funnels.filter(({ group }) => group === null).map(funnelTable),
    ...diversityTable(analysis),
    ...outputSpaceTables(analysis),
    ...comparisonTables(analysis),
    ...resultTables(analysis),
  ];
  return sections.join('\n');
}

/** A title with a table below it; the first column is a name. */
function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = alignColumns(
    [head, ...rows],
    head.map((_, column) => (column === 0 ? 'left' : 'right')),
  );
  return [title, ...lines].map((line) => `${line.trimEnd()}\n`).join('');
}

function distributionTable({ run, group, rows, measures }: GroupDistributions): string {
  const cells = Object.entries(measures).map(([measure, { mean, sd, quantiles }]) => [
    snakeCase(measure),
    ...[mean, sd, quantiles.q05, quantiles.q50, quantiles.q95].map(number),
  ]);
  return table(`${groupName(run, group)}: ${rows} rows`, ['', 'mean', 'sd', '5 %', 'median', '95 %'], cells);
}

function agreementTable(run: string, pairs: Analysis['agreement'][number]['pairs']): string {
  const cells = Object.entries(pairs).flatMap(([a, others]) =>
    Object.entries(others).map(([b, { spearman, overlap }]) => [
      `${snakeCase(a)}, ${snakeCase(b)}`,
      ...[spearman, overlap.top5, overlap.top10, overlap.top20].map(number),
    ]),
  );
  return table(`${run}: agreement`, ['', 'spearman', 'top 5 %', 'top 10 %', 'top 20 %'], cells);
}

function vocabularyTable({ vocabulary }: Analysis): string {
  const cells = vocabulary.map(({ run, field, words, uniqueWords, sample }) => [
    `${run}, ${field}`,
    String(words),
    String(uniqueWords),
    String(sample.words),
    number(sample.typeTokenRatio),
    number(sample.distinct2),
  ]);
  return table('vocabulary', ['', 'words', 'unique', 'sampled', 'type-token', 'distinct-2'], cells);
}

function funnelTable({ run, steps }: RunFunnel): string {
  const cells = steps.map(({ step, in: given, out }) => [step, String(given), String(out)]);
  return table(`${run}: yield`, ['', 'in', 'out'], cells);
}

function diversityTable({ diversity }: Analysis): string[] {
  if (diversity === null) return [];
  const { metric, distance, missing, runs } = diversity;
  const cells = runs.map(({ run, group, rows, repeatCount, repeatShare }) => [
    groupName(run, group),
    String(rows),
    String(repeatCount),
    number(repeatShare),
  ]);
  const without = missing === 0 ? '' : `; ${missing} rows have no embedding`;
  const title = `repeats: a nearest neighbour nearer than ${distance} (${metric})${without}`;
  return [table(title, ['', 'rows', 'repeats', 'share'], cells)];
}

function outputSpaceTables({ outputSpace }: Analysis): string[] {
  return (outputSpace ?? []).map(({ run, source, positions, entropyIs, groups }) => {
    const cells = groups.map(({ generator, stage, operation, round, answers, top1, entropy }) => [
      [generator, stage, operation, round === null ? null : `round ${round}`]
        .filter((part) => part !== null)
        .join(', '),
      String(answers),
      ...[top1?.mean, top1?.quantiles.q50, entropy?.mean].map((value) => number(value ?? null)),
    ]);
    const bound = entropyIs === 'exact' ? '' : ' (at least)';
    const title = `${run}: output space by ${source}, positions ${positions}`;
    return table(title, ['', 'answers', 'top-1', 'median', `entropy${bound}`], cells);
  });
}

function resultTables({ results }: Analysis): string[] {
  return (results ?? []).map(({ file, results: found }) => {
    const cells = found.map(({ series, x, metric, value }) => [series, x, metric, number(value)]);
    return table(file, ['series', '', 'metric', 'value'], cells);
  });
}

function comparisonTables({ comparison }: Analysis): string[] {
  if (comparison === null) return [];
  const { differences, sampleSize, confidence, resamples } = comparison;
  const percent = `${Number((100 * confidence).toPrecision(4))} %`;
  return differences.map(({ a, b, measures }) =>
    table(
      `${a} - ${b}: means of ${sampleSize} rows each, ${percent} intervals of ${resamples} resamples`,
      ['', 'difference', 'from', 'to'],
      Object.entries(measures).map(([measure, { value, low, high }]: [string, IntervalEstimate]) => [
        snakeCase(measure),
        ...[value, low, high].map(number),
      ]),
    ),
  );
}

const groupName = (run: string, group: GroupKey | null): string =>
  group === null ? run : `${run}, ${group.by} ${group.value}`;

/** Four significant digits. */
const number = (value: number | null): string =>
  value === null ? '' : Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
