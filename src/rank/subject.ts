import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { fingerprint } from '../rows/fingerprint.js';
import { LARGEST_ROW } from '../files/row-splitter.js';
import { openData } from '../rows/open-data.js';
import { openRows } from '../rows/open-rows.js';
import { openAgain } from '../rows/opened-as.js';
import type { RowLayout } from '../rows/row-layout.js';
import type { OpenRowsOptions } from '../rows/source-row.js';
import { settleLayout } from '../rows/settle-layout.js';
import { readManifest, readSummary } from '../runs/read-run.js';
import type { RunIdentity, RunManifest } from '../runs/run-identity.js';
import { KEPT_ROWS } from './keep-scored-rows.js';
import { isFile, type RankPlan } from './plan.js';

/** What is ranked: rows that have scores. */
export interface Subject {
  /** Absolute. */
  readonly paths: readonly string[];
  /** How their files are opened. */
  readonly open: OpenRowsOptions;
  readonly layout: RowLayout;
  /** What the rows were scored by; null where that was not said. */
  readonly recipe: string | null;
  /** Which of a row's assistant turns have a line: all in one, the last one, or each its own. */
  readonly turns: RunIdentity['turns'];
  /** Every row has an outcome. */
  readonly complete: boolean;
}

/** What a plan says of its subject. */
type SubjectPlan = Pick<RankPlan, 'run' | 'kept' | 'signal' | 'out' | 'rest'>;

/**
 * The rows of a run, or those that a program handed over.
 *
 * @throws EvosiftError `bad_data` where there is no run, `run_mismatch` where its data are others now, `bad_argument` where an
 *   output would overwrite them.
 */
export async function openSubject(plan: SubjectPlan): Promise<Subject> {
  if (plan.kept !== null) {
    const paths = [join(plan.run, KEPT_ROWS)];
    const open = { maxRowBytes: LARGEST_ROW };
    const layout = await settleLayout(await openRows(paths, open), {});
    return { paths, open, layout, recipe: plan.kept.recipe, turns: plan.kept.turns, complete: true };
  }
  const manifest = await readManifest(plan.run);
  const { data, format, columns, recipe, turns } = manifest.identity;
  // A row that was too long to be scored is a row all the same.
  const open = { ...openAgain(data), maxRowBytes: LARGEST_ROW };
  const paths = await unchangedData(plan, manifest, open);
  const complete = (await readSummary(plan.run))?.complete === true;
  return { paths, open, layout: { format, columns }, recipe, turns, complete };
}

async function unchangedData(
  plan: SubjectPlan,
  { identity, starts }: RunManifest,
  open: OpenRowsOptions,
): Promise<string[]> {
  const { signal } = plan;
  const { files } = (await openData(starts.at(-1)?.paths ?? [], { ...open, signal })).rows;
  const now = await fingerprint(files, signal);
  const then = identity.data.files;
  if (now.length !== then.length) {
    throw new EvosiftError(
      'run_mismatch',
      `${plan.run} was made over ${then.length} data files, now there are ${now.length}; score them again`,
    );
  }
  for (const [number, file] of files.entries()) {
    if (now[number]?.sha256 === then[number]?.sha256) continue;
    throw new EvosiftError(
      'run_mismatch',
      `${file.path} has changed since ${plan.run} was made (${then[number]?.bytes} bytes then, ` +
        `${now[number]?.bytes} now), so its scores speak of other rows; restore it, or score it again`,
    );
  }
  const sources = new Set(await Promise.all(files.map(({ path }) => realpath(path))));
  for (const output of [plan.out, plan.rest]) {
    const path = isFile(output) ? await realpath(output.path).catch(() => '') : '';
    if (!sources.has(path)) continue;
    throw new EvosiftError('bad_argument', `rank: ${path} holds the run's data and would be overwritten; name another`);
  }
  return files.map(({ path }) => path);
}
