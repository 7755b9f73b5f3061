import type { DownloadProgress } from '../models/hub-model.js';

export interface DownloadDisplay extends Disposable {
  update(progress: DownloadProgress): void;
}

const MIB = 2 ** 20;
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
/** A download that ends sooner than this shows nothing. */
const SILENT_MS = 1_500;

/**
 * Shows a model's download on standard error: on a terminal a line that is redrawn, otherwise a plain
 * line every 10 s.
 *
 * @param label What is downloaded.
 * @param quiet Shows nothing at all.
 */
export function showDownload(label: string, quiet: boolean): DownloadDisplay {
  const terminal = process.stderr.isTTY;
  let started: { readonly at: number; readonly bytes: number } | null = null;
  let next = performance.now() + SILENT_MS;
  let drawn = false;
  return {
    update: (progress) => {
      const now = performance.now();
      // What is there already was not downloaded at any rate.
      started ??= { at: now, bytes: progress.bytes };
      if (quiet || now < next) return;
      next = now + (terminal ? BAR_EVERY_MS : LINE_EVERY_MS);
      const rate = (progress.bytes - started.bytes) / MIB / Math.max(1e-3, (now - started.at) / 1000);
      const line = `${label}: ${progress.file}, ${mib(progress.bytes)} of ${mib(progress.total)} MiB, ${rate.toFixed(1)} MiB/s`;
      process.stderr.write(terminal ? `\r\u001b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}` : `${line}\n`);
      drawn = terminal;
    },
    [Symbol.dispose]: () => {
      if (drawn) process.stderr.write('\r\u001b[2K');
    },
  };
}

/** Bytes as MiB, with one digit where it matters. */
export const mib = (bytes: number): string => (bytes / MIB).toFixed(bytes < 100 * MIB ? 1 : 0);
