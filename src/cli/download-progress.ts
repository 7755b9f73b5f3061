import type { DownloadProgress } from '../models/index.js';
import { StatusLine } from './status-line.js';

export interface DownloadDisplay extends Disposable {
  update(progress: DownloadProgress): void;
}

const MIB = 2 ** 20;

/**
 * Shows a model's download on standard error.
 *
 * @param label What is downloaded.
 * @param quiet Shows nothing at all.
 */
export function showDownload(label: string, quiet: boolean): DownloadDisplay {
  const status = new StatusLine(quiet);
  let started: { readonly at: number; readonly bytes: number } | null = null;
  return {
    update: ({ file, bytes, total }) => {
      // What is there already was not downloaded at any rate.
      started ??= { at: performance.now(), bytes };
      const { at, bytes: before } = started;
      status.update(() => {
        const rate = (bytes - before) / MIB / Math.max(1e-3, (performance.now() - at) / 1000);
        return `${label}: ${file}, ${mib(bytes)} of ${mib(total)} MiB, ${rate.toFixed(1)} MiB/s`;
      });
    },
    [Symbol.dispose]: () => status.clear(),
  };
}

/** Bytes as MiB, with one digit where it matters. */
export const mib = (bytes: number): string => (bytes / MIB).toFixed(bytes < 100 * MIB ? 1 : 0);
