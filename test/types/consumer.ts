// What a user of the package writes. Checked with tsc against the packed package, in two kinds of project.
import {
  EVOLVE_OPTIONS,
  EvosiftError,
  loadScorer,
  rank,
  scoreFiles,
  type OptionSpec,
  type Outcome,
  type Scorer,
  type ScoreOptions,
} from 'evosift';
import { openRows } from 'evosift/data';
import { loadEngine, type Engine } from 'evosift/engine';
import { listModels } from 'evosift/models';
import { readScores } from 'evosift/runs';

async function* rows(): AsyncGenerator<{ instruction: string; output: string }> {
  yield { instruction: 'Say hello.', output: 'Hello.' };
}

export async function best(model: string, signal: AbortSignal): Promise<Map<number, number>> {
  await using scorer: Scorer = await loadScorer({ model, device: 'cpu', dtype: 'bf16', threads: 2 });
  const options: ScoreOptions = { recipe: 'aligned', template: 'chat', turns: 'each', signal };
  const scores = new Map<number, number>();
  for await (const outcome of scorer.score(rows(), options)) {
    if (outcome.status === 'scored') scores.set(outcome.index, outcome.icIfd);
    else report(outcome.index, outcome.reason);
  }
  return scores;
}

function report(index: number, reason: string): void {
  process.stderr.write(`${index}: ${reason}\n`);
}

export function numbersOf(outcome: Outcome): number[] {
  // @ts-expect-error a row without a score has no number here
  const wrong: number = outcome.icIfd;
  return outcome.status === 'scored' ? [outcome.ifd, outcome.icIfd, outcome.lossQ] : [wrong];
}

export async function losses(scorer: Scorer): Promise<number> {
  let sum = 0;
  for await (const result of scorer.nll([{ ids: [1, 2, 3] }]))
    if (result.ok) for (const loss of result.nll) sum += loss;
  return sum;
}

export async function kept(run: string): Promise<number> {
  const summary = await rank({ run, top: '10%', where: 'tokens_a > 20', out: 'best.jsonl' });
  return summary.top.length;
}

export async function scored(data: string): Promise<readonly (number | null)[]> {
  const run = await scoreFiles({ scorer: { model: 'pocket', device: 'cpu' }, data: [data] });
  const scores: (number | null)[] = [run.meanIcIfd, run.rowsS];
  for await (const { icIfd } of readScores(run.out)) scores.push(icIfd);
  return scores;
}

export async function below(directory: string): Promise<readonly [Engine, number, number]> {
  const source = await openRows([directory]);
  return [await loadEngine(directory, { threads: 1 }), await source.count(), (await listModels()).length];
}

export const flagOf = (name: keyof typeof EVOLVE_OPTIONS): string | undefined => {
  const option: OptionSpec = EVOLVE_OPTIONS[name];
  return option.flag;
};

export function explain(error: unknown): string {
  if (!(error instanceof EvosiftError)) throw error;
  switch (error.code) {
    case 'addon_unavailable':
      return error.message;
    case 'bad_argument':
      return error.option ?? 'some option';
    // @ts-expect-error there is no such code
    case 'no_such_code':
      return '';
    default:
      return error.code;
  }
}

export const wrongOptions: Parameters<typeof loadScorer>[0][] = [
  // @ts-expect-error there is no such dtype
  { model: 'pocket', dtype: 'int4' },
  // @ts-expect-error a model must be named
  { dtype: 'f32' },
];
