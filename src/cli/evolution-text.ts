import type { EvolveReport, Yield } from '../evolve/index.js';
import { reasonsText } from './llm-arguments.js';

/** An evolution's end, in some lines: what came of how much, by round and operation. */
export function evolutionText(report: EvolveReport & { readonly out: string }): string {
  const { out, seeds, total, rounds, start } = report;
  const lines = [`${out}: ${seeds.in} seeds${reasonsText(seeds.skipped)}, ${total.out} versions`];
  if (seeds.scored > 0) lines.push(`seeds: ${scoresText(seeds)}`);
  for (const [round, yielded] of Object.entries(rounds)) {
    lines.push(`round ${round}: ${yieldText(yielded)}`);
    for (const [operation, part] of Object.entries(yielded.operations))
      lines.push(`  ${operation}: ${yieldText(part)}`);
  }
  if (Object.keys(report.generators).length > 1) {
    for (const [generator, yielded] of Object.entries(report.generators)) {
      lines.push(`${generator}: ${yieldText(yielded)}`);
    }
  }
  lines.push(
    `${start.requests} requests${reasonsText(start.failures)}, ${start.tokens} tokens in ${start.seconds.toFixed(1)} s`,
  );
  return `${lines.join('\n')}\n`;
}

function yieldText(yielded: Yield): string {
  const lost = { ...yielded.eliminated, ...yielded.failed, ...(yielded.outdone > 0 && { outdone: yielded.outdone }) };
  const parts = [`${yielded.in} tried, ${yielded.out} survived${reasonsText(lost)}`];
  if (yielded.responses > 0 || Object.keys(yielded.unanswered).length > 0) {
    parts.push(`${yielded.responses} answered${reasonsText(yielded.unanswered)}`);
  }
  if (yielded.scored > 0) parts.push(scoresText(yielded));
  return parts.join('; ');
}

const scoresText = (scores: Pick<Yield, 'meanIfd' | 'meanIcIfd'>): string =>
  `mean ifd ${mean(scores.meanIfd)}, mean ic_ifd ${mean(scores.meanIcIfd)}`;

const mean = (value: number | null): string => (value === null ? '-' : value.toPrecision(4));
