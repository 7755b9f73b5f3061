import { TaskFailedError, type WorkerPool } from '../../async/worker-pool.js';
import type { Example, ReasonCode } from '../../rows/example.js';
import { preparingCost } from '../parsed-rows.js';
import { pipeline } from '../pipeline.js';
import type { ScoringParts } from '../score-rows.js';
import { workerTask } from '../worker-task.js';
import type { PreparedReward, RewardedOptions } from './prepare-rewarded.js';
import type { RewardSettings } from './reward-options.js';
import { sequenceRewards } from './sequence-rewards.js';

/** Why a row has no reward; `not_evolved`: nothing was asked for its instruction, which alone is looked at. */
export type RewardReason = ReasonCode | 'not_evolved';

/** A row that is to have a reward, or the reason why it can't. */
export interface RewardRow {
  readonly index: number;
  readonly row: { readonly id: string | number | null } & (
    | { readonly ok: true; readonly hash: string; readonly example: Example }
    | { readonly ok: false; readonly hash?: string; readonly reason: RewardReason; readonly detail: string }
  );
}

interface RowKey {
  /** Position of the row in the input, from 0. */
  readonly index: number;
  readonly id: string | number | null;
  /** Hash of the row's content; null where the row could not be read. */
  readonly hash: string | null;
}

/** A row's reward, or the reason why it has none. */
export type RewardOutcome = RowKey &
  (
    | {
        readonly status: 'scored';
        readonly reward: number;
        /** Of the whole conversation, template included: those that the engine read. */
        readonly tokens: number;
        /** Of the last answer's text, tokenised alone without special tokens. */
        readonly tokensAnswer: number;
      }
    | { readonly status: 'unscored'; readonly reason: RewardReason; readonly detail: string }
  );

interface RewardItem {
  readonly key: RowKey;
  readonly prepared: PreparedReward | { readonly reason: RewardReason; readonly detail: string };
}

/**
 * Rewards of rows, in order.
 *
 * @throws EvosiftError `aborted`, `closed`, `engine_failed`, `unsupported_tokenizer`; and what `rows` throws.
 */
export function rewardsOf(
  { engine, pool, tokenising, computing }: ScoringParts,
  rows: Iterable<RewardRow> | AsyncIterable<RewardRow>,
  { prepare, batchTokens, signal }: RewardSettings,
): AsyncGenerator<RewardOutcome, void, undefined> {
  return pipeline<RewardRow, RewardItem, number, RewardOutcome>(
    { engine, computing },
    rows,
    {
      weigh: preparingCost,
      prepare: (chunk, stop) => tokenising.time(() => prepareRows(pool, chunk, prepare, stop)),
      sequencesOf: ({ prepared }) => (prepared.reason === null ? [{ ids: prepared.ids, spans: new Int32Array() }] : []),
      compute: (sequences, stop) => sequenceRewards(engine, sequences, { batchTokens, signal: stop }),
      finish: toOutcome,
    },
    { batchTokens, signal },
  );
}

async function prepareRows(
  pool: WorkerPool,
  rows: readonly RewardRow[],
  options: RewardedOptions,
  signal: AbortSignal,
): Promise<RewardItem[]> {
  const examples = rows.flatMap(({ row }) => (row.ok ? [row.example] : []));
  const task = { examples, options };
  const made =
    examples.length === 0 ? [] : await workerTask<readonly PreparedReward[]>(pool, 'prepareRewards', task, signal);
  let next = 0;
  return rows.map(({ index, row }) => {
    const key = { index, id: row.id, hash: row.hash ?? null };
    if (!row.ok) return { key, prepared: { reason: row.reason, detail: row.detail } };
    const prepared = made instanceof TaskFailedError ? failed(made) : made[next++];
    if (prepared === undefined) throw new RangeError('a worker answered for fewer rows than it was given');
    return { key, prepared };
  });
}

const failed = ({ message }: TaskFailedError): PreparedReward => ({
  reason: 'worker_failed',
  detail: `The worker that tokenised this row failed twice: ${message}`,
});

function toOutcome({ key, prepared }: RewardItem, [reward = NaN]: readonly number[]): RewardOutcome {
  if (prepared.reason !== null) return { ...key, status: 'unscored', ...prepared };
  const { ids, tokensAnswer } = prepared;
  if (Number.isFinite(reward)) return { ...key, status: 'scored', reward, tokens: ids.length, tokensAnswer };
  return { ...key, status: 'unscored', reason: 'non_finite', detail: 'the reward is not a finite number' };
}
