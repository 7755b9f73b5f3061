import { alignColumns } from '../base/columns.js';
import { snakeCase } from '../base/snake-case.js';
import type { Analysis, IntervalEstimate, GroupDistributions, RunFunnel } from '../analyze/index.js';

/** What an analysis comes to, as tables. */
export function analysisText(analysis: Analysis): string {
  const sections = [
    ...analysis.distributions.map(distributionTable),
    ...analysis.agreement.map(({ run, pairs }) => agreementTable(run, pairs)),
    ...(analysis.vocabulary.length === 0 ? [] : [vocabularyTable(analysis)]),
    ...analysis.funnels.filter(({ group }) => group === null).map(funnelTable),
    ...comparisonTables(analysis),
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
  const name = group === null ? run : `${run}, ${group.by} ${group.value}`;
  const cells = Object.entries(measures).map(([measure, { mean, sd, quantiles }]) => [
    snakeCase(measure),
    ...[mean, sd, quantiles.p5, quantiles.p50, quantiles.p95].map(number),
  ]);
  return table(`${name}: ${rows} rows`, ['', 'mean', 'sd', '5 %', 'median', '95 %'], cells);
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

/** Four significant digits. */
const number = (value: number | null): string =>
  value === null ? '' : Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
