import { snakeCase } from '../../base/snake-case.js';
import type { RespondReport } from '../../ask/respond.js';
import type { StageFunnel } from '../../autoif/funnel.js';
import type { EvolutionSummary, Yield } from '../../evolve/summary.js';
import { readSummary } from '../../runs/read-run.js';
import type { GroupKey } from '../groups.js';
import type { AnalyzedRun } from './open-run.js';

/** A step of the way from what was asked to a scored row: what went in, what came out, and why the rest did not. */
export interface FunnelStep {
  readonly step: string;
  readonly in: number;
  readonly out: number;
  readonly reasons: Reasons;
}

export interface RunFunnel {
  readonly run: string;
  /** Null of the whole run. */
  readonly group: GroupKey | null;
  readonly steps: readonly FunnelStep[];
}

type Reasons = Readonly<Record<string, number>>;

/** Outcomes of a run's scoring. */
interface Scored {
  readonly rows: number;
  readonly scored: number;
  readonly reasons: Reasons;
}

/** Why an answer holds no instruction that could be judged, among the reasons of an evolution's eliminators. */
const UNPARSABLE: readonly string[] = ['empty', 'missing_marker', 'cut_off', 'thinking_tags'];

/**
 * The yield of a run that made its rows, from its own summary; none of rows that were scored as they came, or where the run
 * has not come to an end yet.
 *
 * @throws EvosiftError `bad_data` where the summary can't be read.
 */
export async function funnelsOf({ name, path, generation }: AnalyzedRun, scores: Scored): Promise<RunFunnel[]> {
  const summary: unknown = generation === null ? null : await readSummary(path);
  if (generation === null || summary === null) return [];
  const whole = (steps: readonly FunnelStep[]): RunFunnel => ({ run: name, group: null, steps });
  if (generation.kind === 'evolve') return evolutionFunnels(name, summary as EvolutionSummary);
  if (generation.kind === 'respond') return [whole([...responseSteps(summary as RespondReport), scoringStep(scores)])];
  const { funnel } = summary as { readonly funnel: Readonly<Record<string, StageFunnel>> };
  return [whole([...Object.entries(funnel).map(stageStep), scoringStep(scores)])];
}

function evolutionFunnels(run: string, { total, rounds, operations, generators }: EvolutionSummary): RunFunnel[] {
  const grouped = (by: GroupKey['by'], yields: Readonly<Record<string, Yield>>): RunFunnel[] =>
    Object.entries(yields).map(([value, one]) => ({ run, group: { by, value }, steps: evolutionSteps(one) }));
  return [
    { run, group: null, steps: evolutionSteps(total) },
    ...grouped('round', rounds),
    ...grouped('operation', operations),
    ...grouped('generator', generators),
  ];
}

/** Of an evolution's own rows: its seeds, which may be scored too, are no yield. */
function evolutionSteps({ in: asked, failed, eliminated, outdone, out, responses, unanswered, scored }: Yield) {
  const unparsable = chosen(eliminated, (reason) => UNPARSABLE.includes(reason));
  const others = chosen(eliminated, (reason) => !UNPARSABLE.includes(reason));
  const answered = step('answers', asked, failed);
  const parsed = step('parsing', answered.out, unparsable);
  const survived = step('elimination', parsed.out, others);
  return [
    answered,
    parsed,
    survived,
    step('choice', survived.out, outdone > 0 ? { outdone } : {}),
    { step: 'responses', in: out, out: responses, reasons: unanswered },
    { step: 'scores', in: out, out: scored, reasons: {} },
  ];
}

function responseSteps({ rows, skipped, unanswered }: RespondReport): FunnelStep[] {
  const taken = step('rows', rows, skipped);
  return [taken, step('responses', taken.out, unanswered)];
}

const scoringStep = ({ rows, scored, reasons }: Scored): FunnelStep => ({
  step: 'scores',
  in: rows,
  out: scored,
  reasons,
});

const stageStep = ([stage, { in: given, out, dropped }]: readonly [string, StageFunnel]): FunnelStep => ({
  step: snakeCase(stage),
  in: given,
  out,
  reasons: Object.fromEntries(Object.entries(dropped).map(([reason, count]) => [snakeCase(reason), count])),
});

const step = (name: string, given: number, reasons: Reasons): FunnelStep => ({
  step: name,
  in: given,
  out: given - Object.values(reasons).reduce((sum, count) => sum + count, 0),
  reasons,
});

const chosen = (reasons: Reasons, isChosen: (reason: string) => boolean): Reasons =>
  Object.fromEntries(Object.entries(reasons).filter(([reason]) => isChosen(reason)));
