import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from './aborted.js';

/** A holder touches its lock this often (ms); one that was not touched for `STALE` is taken over. */
const BEAT = 5_000;
const STALE = 30_000;
const POLL = 100;

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
  const token = randomUUID();
  let ownerMayLive = false;
  while (!(await tryCreate(path, token))) {
    throwIfAborted(signal);
    const state = await stateOf(path);
    if (state === 'held') {
      await sleep(POLL, undefined, signal ? { signal } : {}).catch(() => undefined);
    } else if (state !== 'gone' && (await evict(path, state.token))) {
      ownerMayLive ||= state.ownerMayLive;
    }
  }
  const heart = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), BEAT).unref();
  return {
    ownerMayLive,
    release: async () => {
      clearInterval(heart);
      if ((await tokenIn(path)) === token) await rm(path, { force: true });
    },
  };
}

async function tryCreate(path: string, token: string): Promise<boolean> {
  // Linked into place whole: nobody sees a lock without its owner.
  const draft = `${path}.${token}`;
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(JSON.stringify({ token, pid: process.pid, host: hostname() }));
    await link(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}

type LockState = 'held' | 'gone' | { readonly token: string | null; readonly ownerMayLive: boolean };

async function stateOf(path: string): Promise<LockState> {
  let text: string;
  let touched: number;
  try {
    text = await readFile(path, 'utf8');
    touched = (await stat(path)).mtimeMs;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 'gone';
    throw error;
  }
  const owner = parseOwner(text);
  if (owner !== null && owner.host === hostname() && !isAlive(owner.pid)) {
    return { token: owner.token, ownerMayLive: false };
  }
  if (Date.now() - touched > STALE) return { token: owner?.token ?? null, ownerMayLive: true };
  return 'held';
}

/** Removes the lock if it is still the one that was judged; another's, moved by mistake, is put back. */
async function evict(path: string, token: string | null): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
  const judged = (await tokenIn(aside)) === token;
  if (!judged) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
  return judged;
}

const tokenIn = async (path: string): Promise<string | null> =>
  parseOwner(await readFile(path, 'utf8').catch(() => ''))?.token ?? null;

function parseOwner(text: string): { token: string; pid: number; host: string } | null {
  try {
    const { token, pid, host } = JSON.parse(text);
    return typeof token === 'string' && typeof pid === 'number' && typeof host === 'string'
      ? { token, pid, host }
      : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
