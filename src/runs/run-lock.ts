import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EvosiftError } from '../base/errors.js';
import { isRunning } from '../files/is-running.js';
import { LockFile, SILENT_MS } from '../files/lock-file.js';
import { unwritable } from '../base/file-error.js';
import { RUN_FILES } from './read-run.js';

/** A process, told apart from a later one that got the same number, in this and in other containers. */
interface Holder {
  readonly pid: number;
  /** Clock ticks between the machine's start and the process's; null where /proc does not tell. */
  readonly started: number | null;
  readonly boot: string | null;
  readonly pid_namespace: string | null;
  readonly host: string;
}

/** A lock file without content is somebody's who is just copying it, or died over it. */
const WRITING_MS = 2000;

/**
 * Exclusive use of a run directory by one process. The lock file names its process, and one whose process is gone
 * (kill -9, power cut) counts for nothing.
 */
export class RunLock {
  readonly #file: LockFile;

  private constructor(file: LockFile) {
    this.#file = file;
  }

  /** Throws `run_busy` where a living process holds the lock. */
  static async acquire(path: string): Promise<RunLock> {
    const self = await thisProcess();
    const text = `${JSON.stringify({ ...self, token: randomUUID() })}\n`;
    for (;;) {
      const file = await LockFile.claim(path, text).catch((error: unknown) => {
        throw unwritable(path, error);
      });
      if (file !== null) return new RunLock(file);
      const found = await LockFile.find(path);
      if (found === null) continue;
      const holder = parse(found.text);
      if (holder === null && found.silentMs < WRITING_MS) await sleep(50);
      else if (holder !== null && (await isAlive(holder, found.silentMs, self))) throw busy(path, holder);
      else await LockFile.evict(path, found);
    }
  }

  /** Throws `run_busy` where the lock is no longer ours: somebody removed it, or took it for abandoned. */
  async check(): Promise<void> {
    if (await this.#file.isOurs()) return;
    throw new EvosiftError('run_busy', `${this.#file.path} was taken away during the run; give the same command again`);
  }

  release(): Promise<void> {
    return this.#file.release();
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

function parse(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    return typeof holder?.pid === 'number' ? (holder as Holder) : null;
  } catch {
    return null;
  }
}

async function isAlive(holder: Holder, silentMs: number, self: Holder): Promise<boolean> {
  const visible = holder.host === self.host && holder.pid_namespace === self.pid_namespace;
  if (visible && holder.boot !== self.boot) return false;
  if (!visible) return silentMs < SILENT_MS;
  return holder.started === null ? isRunning(holder.pid) : (await startTicks(holder.pid)) === holder.started;
}

function busy(path: string, { pid, host }: Holder): EvosiftError {
  const advice = 'wait for it, or give another directory with `out`';
  return new EvosiftError('run_busy', `${dirname(path)} is in use by process ${pid} on ${host}; ${advice}`, {
    option: 'out',
  });
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
