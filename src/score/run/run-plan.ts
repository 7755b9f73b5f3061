import { fingerprint, type Fingerprint } from '../../rows/fingerprint.js';
import { openData } from '../../rows/open-data.js';
import { openAgain, openedAs } from '../../rows/opened-as.js';
import type { RowLayout } from '../../rows/row-layout.js';
import type { NewStart, RunIdentity } from '../../runs/run-identity.js';
import { settleLayout } from '../../rows/settle-layout.js';
import { parseShard, shardRange } from '../../runs/shard.js';
import type { RowSource } from '../../rows/source-row.js';
import { EvosiftError } from '../../base/errors.js';
import { settlePrepareOptions } from '../sequences/prepare-options.js';
import type { Scorer } from '../scorer.js';
import type { Cascade } from './cascade.js';
import type { FileScoringSettings } from './score-files-options.js';
import { recipeIdentity, scorerIdentity } from './scorer-identity.js';

/** Everything about a run that is known before its first row. */
export interface RunPlan {
  readonly rows: RowSource;
  readonly layout: RowLayout;
  /** Rows [from, to) of the input that are looked at. */
  readonly from: number;
  readonly to: number;
  /** Of these, the ones that are scored; null: all. */
  readonly chosen: ReadonlySet<number> | null;
  /** Rows that will have an outcome. */
  readonly total: number;
  /** No `limit` keeps rows of the run out. */
  readonly whole: boolean;
  readonly identity: RunIdentity;
  readonly start: NewStart;
}

/**
 * Opens the data and settles what is scored and how.
 *
 * @param data Files, globs, directories, or datasets of the hub.
 * @throws EvosiftError `bad_data`, `bad_argument`, `run_mismatch` where a cascade's data are not those of its run.
 */
export async function planRun(
  scorer: Scorer,
  data: readonly string[],
  settings: FileScoringSettings,
  cascade: Cascade | null,
): Promise<RunPlan> {
  const { signal, limit = Infinity } = settings;
  scorer.requireLosses();
  const shard = settings.shard === undefined ? null : parseShard(settings.shard);
  const open = { ...settings, ...(cascade !== null && openAgain(cascade.manifest.identity.data)) };
  const { rows, names } = await openData(data, open);
  const layout = await settleLayout(rows, settings);
  const files = await fingerprint(rows.files, signal);
  if (cascade !== null) requireSameFiles(files, cascade, settings.from ?? '');

  const count = await rows.count();
  const [from, end] = shard === null ? [0, count] : shardRange(count, shard);
  const inShard = cascade === null ? null : [...cascade.indexes].filter((index) => index >= from && index < end);
  const wanted = inShard?.sort((a, b) => a - b).slice(0, limit) ?? null;
  const to = wanted === null ? Math.min(end, from + limit) : (wanted.at(-1) ?? from - 1) + 1;
  const available = inShard?.length ?? end - from;
  const total = Math.min(available, limit);

  const { info } = scorer;
  const prepare = settlePrepareOptions(settings, info);
  if (cascade !== null) requireSameTurns(prepare.turns, cascade, settings.from ?? '');
  const identity: RunIdentity = {
    data: {
      files,
      ...openedAs(open),
      rows: shard === null ? null : [from, end],
      from: cascade === null ? null : { run: cascade.scores, top: String(settings.top ?? '') },
    },
    format: layout.format,
    columns: { ...layout.columns },
    answer: layout.format === 'preference' ? (settings.answer ?? 'chosen') : null,
    ...recipeIdentity(prepare, settings.maxLength ?? null),
    turns: prepare.turns,
    per_token: settings.perToken,
    form: settings.form,
    ...(await scorerIdentity(scorer, signal)),
    shard,
  };
  const start: NewStart = {
    paths: names,
    model: info.model,
    device: info.device,
    threads: info.threads,
    batch_tokens: settings.batchTokens ?? null,
    limit: settings.limit ?? null,
  };
  const chosen = wanted === null ? null : new Set(wanted);
  return { rows, layout, from, to, chosen, total, whole: total === available, identity, start };
}

/** Rows that were chosen by their turns have scores by them only. */
function requireSameTurns(turns: RunIdentity['turns'], { manifest }: Cascade, run: string): void {
  const there = manifest.identity.turns;
  if (there === 'reject' || there === turns) return;
  throw new EvosiftError('bad_argument', `${run} was scored with \`turns\` ${there}; give the same here`, {
    option: 'turns',
  });
}

function requireSameFiles(files: readonly Fingerprint[], { manifest }: Cascade, run: string): void {
  const there = manifest.identity.data.files;
  if (there.length === files.length && there.every(({ sha256 }, number) => sha256 === files[number]?.sha256)) return;
  throw new EvosiftError(
    'run_mismatch',
    `${run} scored other data than those given, so its best rows cannot be found in them.\n` +
      'Give the same files in the same order, or none: then those of that run are read.',
  );
}
