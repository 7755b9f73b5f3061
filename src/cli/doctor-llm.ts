import type { Check } from '../engine/index.js';
import { parsePlans, probeGenerator, type ProbeReport } from '../llm/index.js';
import { listenForInterrupts } from './interrupt.js';

/**
 * Tries each generator in turn: two at a time would spoil each other's times.
 *
 * @param timeout Seconds.
 * @throws EvosiftError as `parsePlans`.
 */
export async function probeAll(
  specs: readonly string[],
  configFile: string | undefined,
  timeout: number,
): Promise<readonly ProbeReport[]> {
  const plans = await parsePlans(specs, configFile);
  using interrupt = listenForInterrupts();
  const reports: ProbeReport[] = [];
  for (const plan of plans) {
    reports.push(await probeGenerator(plan, { timeout: timeout * 1_000, signal: interrupt.signal }));
  }
  return reports;
}

/** A line of the table. */
export function toCheck(report: ProbeReport): Check {
  const { name } = report;
  switch (report.status) {
    case 'answers': {
      const { latency, tokensPerSecond, logprobs, reasoning, text } = report;
      const facts = [
        `answers in ${(latency / 1_000).toFixed(2)} s`,
        tokensPerSecond === null ? 'does not count tokens' : `${tokensPerSecond.toFixed(1)} tokens/s`,
        logprobs ? 'gives logprobs' : 'gives no logprobs',
        ...(reasoning ? ['thinks first'] : []),
        JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text),
      ];
      return { name, status: 'ok', detail: facts.join(', '), mend: null };
    }
    case 'replays':
      return { name, status: 'ok', detail: `a journal of ${report.generators.join(', ')}`, mend: null };
    case 'failed':
      return { name, status: 'missing', detail: `${report.kind}: ${report.message}`, mend: report.mend };
  }
}

/** Times in the units of the other reports. */
export function probeToJson(report: ProbeReport): object {
  if (report.status !== 'answers') return report;
  const { latency, tokensPerSecond, ...rest } = report;
  return { ...rest, latencyS: latency / 1_000, tokensS: tokensPerSecond };
}
