import type { Hash } from 'node:crypto';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { EvosiftError } from '../base/errors.js';
import { isDiskFull, systemCode } from '../base/system-error.js';
import { throwIfAborted } from '../async/abort.js';
import { feedFile, startHash } from './content-id.js';
import { takeLock } from './download-lock.js';
import type { HubClient, HubFile } from './client.js';
import { networkReason } from './errors.js';

/** One file to bring into the cache. */
export interface Download {
  readonly client: HubClient;
  readonly commit: string;
  readonly file: HubFile;
  /** Where the content goes. */
  readonly blob: string;
  readonly lock: string;
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes that are there, whenever more are. */
  readonly onBytes: (bytes: number) => void;
}

/** What has arrived of a blob. Not huggingface_hub's name for it: that may be written in another order. */
const partOf = (blob: string): string => `${blob}.evosift.incomplete`;

/**
 * Brings a file's content into the cache, if it is not there: resumed by Range from what an earlier try left behind,
 * through broken connections, and put in place whole, once its hash is right. Any number of processes may do so at a
 * time: one downloads, the others wait for it.
 *
 * @throws EvosiftError `hub_error` (a wrong hash, or connections that keep breaking), `disk_full`, `aborted`.
 */
export async function downloadBlob(download: Download): Promise<void> {
  const { blob, file, signal } = download;
  if (await hasSize(blob, file.bytes)) return download.onBytes(file.bytes);
  const lock = await takeLock(download.lock, signal);
  try {
    if (await hasSize(blob, file.bytes)) return download.onBytes(file.bytes);
    if (lock.ownerMayLive) await rm(partOf(blob), { force: true });
    await fetchIntoPlace(download);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new EvosiftError(
      'disk_full',
      `The disk is full: ${file.name} needs ${file.bytes} bytes in ${blob}.\nWhat has arrived is kept; free some space, or set HF_HUB_CACHE to a folder on another disk, and run again.`,
      { cause: error },
    );
  } finally {
    await lock.release();
  }
}

async function hasSize(path: string, bytes: number): Promise<boolean> {
  const stats = await stat(path).catch(() => null);
  return stats?.size === bytes;
}

async function fetchIntoPlace(download: Download): Promise<void> {
  const { blob, file } = download;
  const part = partOf(blob);
  for (;;) {
    const handle = await openPart(part);
    let complete: boolean;
    let fresh: boolean;
    try {
      const kept = (await handle.stat()).size;
      fresh = kept === 0 || kept > file.bytes;
      if (kept > file.bytes) await handle.truncate(0);
      complete = await receive(download, handle, part, fresh ? 0 : kept);
      if (complete) {
        await handle.sync();
        await rename(part, blob);
        return;
      }
    } finally {
      await handle.close();
    }
    await rm(part, { force: true });
    // What an earlier try left behind may have been at fault: then once more from the start.
    if (fresh) {
      throw new EvosiftError(
        'hub_error',
        `${file.name} arrived with the wrong ${file.content.algorithm === 'sha256' ? 'sha-256' : 'git hash'}; what was downloaded has been deleted (${file.content.hex} was expected).\n` +
          'Run again; if it stays so, something between here and the hub alters files (a proxy, a mirror in HF_ENDPOINT).',
      );
    }
  }
}

const openPart = async (part: string): Promise<FileHandle> =>
  open(part, 'r+').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return open(part, 'wx+');
    throw error;
  });

/** Receives the bytes from `kept` on and says whether the whole has the right hash. */
async function receive(download: Download, handle: FileHandle, part: string, kept: number): Promise<boolean> {
  const { client, commit, file, onBytes } = download;
  let hash = startHash(file.content.algorithm, file.bytes);
  await feedFile(hash, part, kept);
  let position = kept;
  let failures = 0;
  onBytes(position);
  while (position < file.bytes) {
    const response = await client.open(commit, file.name, position);
    if (position > 0 && !continuesAt(response, position)) {
      // The server sends all of it again.
      hash = startHash(file.content.algorithm, file.bytes);
      position = 0;
    }
    const before = position;
    try {
      for await (const chunk of bodyOf(response)) {
        if (position + chunk.length > file.bytes) return false;
        await writeAll(handle, chunk, position);
        hash.update(chunk);
        position += chunk.length;
        onBytes(position);
      }
      if (position === file.bytes) break;
      throw new Error(`the server ended it early`);
    } catch (cause) {
      throwIfAborted(download.signal);
      if (isDiskFull(cause)) throw cause;
      failures = position > before ? 1 : failures + 1;
      if (!(await client.mayRepeat(failures))) {
        throw new EvosiftError(
          'hub_error',
          `The connection broke at byte ${position} of ${file.bytes} of ${file.name} (${networkReason(cause)}), ${failures} times in a row.\n` +
            'What has arrived is kept: run again to go on from there.',
          { cause },
        );
      }
    }
  }
  return (await digestOf(hash, handle, position)) === file.content.hex;
}

/** The hash's hex, once bytes beyond the end (an earlier, longer part) are cut off. */
async function digestOf(hash: Hash, handle: FileHandle, end: number): Promise<string> {
  await handle.truncate(end);
  return hash.digest('hex');
}

/** Whether a response carries on at `position`, rather than from the start. */
function continuesAt(response: Response, position: number): boolean {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return response.status === 206 && range !== null && Number(range[1]) === position;
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body !== null) yield* response.body;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}
