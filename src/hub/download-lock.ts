import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../files/is-running.js';
import { LockFile, SILENT_MS, type FoundLock } from '../files/lock-file.js';
import { throwIfAborted } from '../async/abort.js';

const POLL_MS = 100;

/** A lock that is held. */
export interface HeldLock {
  /**
   * Whether it was taken from a holder that may still be running (it stopped touching the lock). What such a holder
   * has open may still be written to.
   */
  readonly ownerMayLive: boolean;
  release(): Promise<void>;
}

/**
 * Takes the lock in the file `path`, waiting while another holder (a process, a thread, a call) has it. The lock of a
 * dead holder is taken over at once on the same host, else after 30 s.
 *
 * @throws EvosiftError `aborted`.
 */
export async function takeLock(path: string, signal?: AbortSignal): Promise<HeldLock> {
  await mkdir(dirname(path), { recursive: true });
  const text = JSON.stringify({ token: randomUUID(), pid: process.pid, host: hostname() });
  let ownerMayLive = false;
  for (;;) {
    const file = await LockFile.claim(path, text);
    if (file !== null) return { ownerMayLive, release: () => file.release() };
    throwIfAborted(signal);
    const found = await LockFile.find(path);
    if (found === null) continue;
    const isDead = hasDied(found);
    if (isDead || found.silentMs > SILENT_MS) {
      if (await LockFile.evict(path, found)) ownerMayLive ||= !isDead;
    } else {
      await sleep(POLL_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
}

/** Whether the lock's owner was a process of this host that is no more. */
function hasDied({ text }: FoundLock): boolean {
  const owner = parseOwner(text);
  return owner !== null && owner.host === hostname() && !isRunning(owner.pid);
}

function parseOwner(text: string): { pid: number; host: string } | null {
  try {
    const { pid, host } = JSON.parse(text);
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null;
  }
}
