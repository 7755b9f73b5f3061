import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataOptions } from '../rows/data-options.js';
import { KeptInput } from '../runs/keep-input.js';

/**
 * Does something that leaves nothing behind on rows: those that a program handed over are in a file while it lasts.
 *
 * @throws EvosiftError `bad_data`, `disk_full`, `aborted`; what `work` throws.
 */
export async function withKeptRows<
  Settings extends Pick<DataOptions, 'rows'> & { readonly signal?: AbortSignal },
  Result,
>(settings: Settings, work: (settings: Settings) => Promise<Result>): Promise<Result> {
  const { rows, signal } = settings;
  if (rows === undefined) return await work(settings);
  const folder = await mkdtemp(join(tmpdir(), 'evosift-dry-run-'));
  try {
    await using input = await KeptInput.ofRows(rows, folder, { force: false, signal });
    return await work({ ...settings, data: [input.path] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
