import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFile,
  link,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EvosiftError } from '../../errors.js';
import { systemCode, unwritable } from '../file-error.js';
import { RUN_FILES } from '../read-run.js';

/** A process, told apart from a later one that got the same number, in this and in other containers. */
interface Holder {
  readonly pid: number;
  /** Clock ticks between the machine's start and the process's; null where /proc does not tell. */
  readonly started: number | null;
  readonly boot: string | null;
  readonly pid_namespace: string | null;
  readonly host: string;
}

/** A holder touches its lock this often, so that those who can't see its process know that it lives. */
const HEARTBEAT_MS = 5000;
const SILENT_MS = 30_000;
/** A lock file without content is somebody's who is just copying it, or died over it. */
const WRITING_MS = 2000;

/**
 * Exclusive use of a run directory by one process. The lock file names its process, and one whose process is gone
 * (kill -9, power cut) counts for nothing.
 */
export class RunLock {
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(
    readonly path: string,
    /** What our lock file holds; no other's is equal. */
    readonly text: string,
  ) {
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Throws `run_busy` where a living process holds the lock. */
  static async acquire(path: string): Promise<RunLock> {
    const self = await thisProcess();
    const text = `${JSON.stringify({ ...self, token: randomUUID() })}\n`;
    for (;;) {
      if (await create(path, text)) return new RunLock(path, text);
      const found = await read(path);
      if (found === null) continue;
      if (await isAlive(found, self)) throw busy(path, found.holder);
      if (found.holder === null && found.silentMs < WRITING_MS) await sleep(50);
      else await remove(path, found.text);
    }
  }

  /** Throws `run_busy` where the lock is no longer ours: somebody removed it, or took it for abandoned. */
  async check(): Promise<void> {
    if (await this.#isOurs()) return;
    throw new EvosiftError('run_busy', `${this.path} was taken away during the run; give the same command again`);
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    if (await this.#isOurs()) await rm(this.path, { force: true });
  }

  async #isOurs(): Promise<boolean> {
    return (await orNull(readFile(this.path, 'utf8'))) === this.text;
  }
}

/**
 * Makes a run's directory where it is missing, and takes it for this process alone.
 *
 * @throws EvosiftError `run_busy`; `bad_argument`, `disk_full` where it can't be made.
 */
export async function lockRun(path: string): Promise<RunLock> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  return RunLock.acquire(join(path, RUN_FILES.lock));
}

interface FoundLock {
  readonly text: string;
  /** Null where the file does not say (yet). */
  readonly holder: Holder | null;
  readonly silentMs: number;
}

/** False where there is a lock already. The lock appears with its text in it: an empty one would pass for abandoned. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = besides(path);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    // Where a file can have one name only (exFAT, some network shares) a copy is the next best.
    await link(draft, path).catch((error: unknown) => {
      if (systemCode(error) === 'EEXIST') throw error;
      return copyFile(draft, path, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw unwritable(path, error);
  } finally {
    await rm(draft, { force: true });
  }
}

/** A name in the same directory that nobody else uses. */
const besides = (path: string): string => `${path}.${process.pid}.${randomUUID()}`;

async function read(path: string): Promise<FoundLock | null> {
  try {
    const [text, info] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, holder: parse(text), silentMs: Date.now() - info.mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function parse(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    return typeof holder?.pid === 'number' ? (holder as Holder) : null;
  } catch {
    return null;
  }
}

async function isAlive({ holder, silentMs }: FoundLock, self: Holder): Promise<boolean> {
  if (holder === null) return false;
  const visible = holder.host === self.host && holder.pid_namespace === self.pid_namespace;
  if (visible && holder.boot !== self.boot) return false;
  if (!visible) return silentMs < SILENT_MS;
  if (holder.started !== null) return (await startTicks(holder.pid)) === holder.started;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/**
 * Removes an abandoned lock. Of several processes that try, one moves the file away; should that file be a newer lock
 * than the one that was read, it is put back.
 */
async function remove(path: string, abandoned: string): Promise<void> {
  const aside = besides(path);
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== abandoned) await link(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(systemCode(error))) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function busy(path: string, holder: Holder | null): EvosiftError {
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  const run = path.replace(/\/[^/]*$/, '');
  return new EvosiftError('run_busy', `${run} is in use by ${who}; wait for it, or give another directory with --out`);
}

async function thisProcess(): Promise<Holder> {
  const [started, boot, namespace] = await Promise.all([
    startTicks(process.pid),
    orNull(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    orNull(readlink('/proc/self/ns/pid')),
  ]);
  return { pid: process.pid, started, boot, pid_namespace: namespace, host: hostname() };
}

/** When a process started; null where there is none, or only what its parent has not fetched yet. */
async function startTicks(pid: number): Promise<number | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name, may hold blanks and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : Number(fields[19]);
  } catch {
    return null;
  }
}

/** What is read, or null where it can't be. */
function orNull(reading: Promise<string>): Promise<string | null> {
  return reading.then(
    (text) => text,
    () => null,
  );
}
