import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataOptions } from '../rows/data-options.js';
import { keepRows } from './generation-options.js';

/**
 * Does something that leaves nothing behind on rows: those that a program handed over, or that standard input holds, are in
 * a file while it lasts.
 *
 * @throws EvosiftError `bad_data`, `disk_full`, `aborted`; what `work` throws.
 */
export async function withKeptRows<
  Settings extends Pick<DataOptions, 'rows' | 'data'> & { readonly signal?: AbortSignal },
  Result,
>(settings: Settings, work: (settings: Settings) => Promise<Result>): Promise<Result> {
  const { rows, data, signal } = settings;
  if (rows === undefined && data?.[0] !== '-') return await work(settings);
  const folder = await mkdtemp(join(tmpdir(), 'evosift-dry-run-'));
  try {
    await using input = await keepRows({ rows, data, signal }, folder);
    return await work({ ...settings, ...(input !== null && { data: [input.path] }) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
