import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './is-running.js';
import { systemCode } from '../base/system-error.js';

const BEAT_MS = 5_000;
/** A lock that was not touched for so long has no holder that works; who can see its process may know better. */
export const SILENT_MS = 30_000;

/** A lock that somebody holds, or has left behind. */
export interface FoundLock {
  readonly text: string;
  /** Since its holder touched it. */
  readonly silentMs: number;
}

/**
 * A file that is there while somebody holds what it stands for. Its text says who; its holder touches it every five
 * seconds, so that those who can't see the holder's process know that it lives. When a lock counts as abandoned is for
 * its users to say.
 */
export class LockFile {
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(
    readonly path: string,
    readonly text: string,
  ) {
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, BEAT_MS);
    this.#heartbeat.unref();
  }

  /**
   * Takes the lock; null where there is one already. The file appears with its text in it: nobody sees a lock without
   * its holder.
   *
   * @param text Must be equal to no other holder's.
   * @throws The error of the file system where the file can't be made.
   */
  static async claim(path: string, text: string): Promise<LockFile | null> {
    const draft = besides(path);
    try {
      await writeFile(draft, text, { flag: 'wx' });
      await appear(draft, path);
      await clearLeftovers(path);
      return new LockFile(path, text);
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return null;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** The lock that is there; null where there is none. */
  static async find(path: string): Promise<FoundLock | null> {
    try {
      const [text, info] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
      return { text, silentMs: Date.now() - info.mtimeMs };
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Removes an abandoned lock, and says whether it was this call that did. Of several processes that try, one moves the
   * file away; should that file be a newer lock than the one that was found, it is put back.
   */
  static async evict(path: string, found: FoundLock): Promise<boolean> {
    const aside = besides(path);
    try {
      await rename(path, aside);
      if ((await readFile(aside, 'utf8')) === found.text) return true;
      await appear(aside, path);
    } catch (error) {
      if (!['ENOENT', 'EEXIST'].includes(systemCode(error))) throw error;
    } finally {
      await rm(aside, { force: true });
    }
    return false;
  }

  /** False where somebody removed the lock, or took it for abandoned. */
  async isOurs(): Promise<boolean> {
    return (await readFile(this.path, 'utf8').catch(() => null)) === this.text;
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    if (await this.isOurs()) await rm(this.path, { force: true });
  }
}

/** Gives a file a second name, at once. Throws EEXIST where that is taken. */
async function appear(file: string, path: string): Promise<void> {
  await link(file, path).catch((error: unknown) => {
    if (systemCode(error) === 'EEXIST') throw error;
    // Where a file can have one name only (exFAT, some network shares) a copy is the next best.
    return copyFile(file, path, constants.COPYFILE_EXCL);
  });
}

/** A name in the same directory that nobody else uses, and that says whose it is. */
const besides = (path: string): string => `${path}.${hostname()}.${process.pid}.${randomUUID()}`;

/** Removes what processes of this host that are no more left under such names: killed while they took the lock. */
async function clearLeftovers(path: string): Promise<void> {
  const prefix = `${basename(path)}.${hostname()}.`;
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix));
  const dead = names.filter((name) => {
    const pid = /^(\d+)\.[\da-f-]{36}$/.exec(name.slice(prefix.length))?.[1];
    return pid !== undefined && !isRunning(Number(pid));
  });
  await Promise.all(dead.map((name) => rm(join(dirname(path), name), { force: true })));
}
