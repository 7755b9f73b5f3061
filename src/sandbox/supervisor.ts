import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { packageRoot } from '../base/package-file.js';
import { isRoot, sandboxCommand, UNPRIVILEGED, writableFolder, type Enclosure } from './bubblewrap.js';
import type { Python } from './python.js';
import { doesNotStart } from './unavailable.js';
import type { SandboxJob, Verdict, VerdictKind } from './verdict.js';

/** How supervisors are started. */
export interface Launch {
  readonly python: Python;
  /** Null: without a sandbox. */
  readonly enclosure: Enclosure | null;
  /** Seconds. */
  readonly caseTimeout: number;
  /** MiB. */
  readonly caseMemory: number;
}

/** A supervisor's end before it answered: it was killed, or fell. */
export class SupervisorLost extends Error {
  override readonly name = 'SupervisorLost';
}

/** The same in each run, and nothing of this process's own. */
const ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  // Threads are refused, so libraries of mathematics must not want them.
  OPENBLAS_NUM_THREADS: '1',
  OMP_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
};

/** The program is read from a descriptor: the package may lie where its user may not look. */
const READ_PROGRAM = 'import os, sys; sys.path.pop(0); exec(compile(os.fdopen(3).read(), "supervisor.py", "exec"))';

/** Milliseconds to start in, and beyond the time of its cases that a job may take. */
const PATIENCE = 60_000;

/** Milliseconds: the longest that a timer can wait. */
const LONGEST = 2 ** 31 - 1;

/** Characters of its last words that are kept: what it says is not all its own. */
const LAST_WORDS = 2000;

function startProcess({ python, enclosure, caseTimeout, caseMemory }: Launch): ChildProcess {
  const tmp = enclosure === null ? null : writableFolder(python.folders);
  const environment = tmp === null ? ENVIRONMENT : { ...ENVIRONMENT, HOME: tmp, TMPDIR: tmp };
  const settings = { timeout: caseTimeout, memory: caseMemory, tmp };
  const [program = python.executable, ...head] =
    enclosure === null ? [] : sandboxCommand(enclosure, python, environment);
  const isAsNobody = enclosure !== null && enclosure.throughRoot === null && isRoot();
  const source = openSync(join(packageRoot(), 'src', 'sandbox', 'supervisor.py'), 'r');
  try {
    return spawn(program, [...head, '-s', '-c', READ_PROGRAM, JSON.stringify(settings)], {
      cwd: '/',
      // Bubblewrap's too: what it has, the code under test might find.
      env: enclosure === null ? environment : {},
      stdio: ['pipe', 'pipe', 'pipe', source],
      // A Ctrl-C at the terminal is for this process, which may first finish what is under way.
      detached: true,
      ...(isAsNobody && { uid: UNPRIVILEGED, gid: UNPRIVILEGED }),
    });
  } finally {
    closeSync(source);
  }
}

/** A process, in the sandbox, that runs one job at a time. */
export class Supervisor {
  #said = '';
  #isLost = false;
  /** Its end of the pipes is closed, too, which its processes in the sandbox have: they have ended. */
  readonly #closed: Promise<void>;

  private constructor(
    private readonly launch: Launch,
    private readonly child: ChildProcess,
    private readonly requests: Writable,
    private readonly answers: AsyncIterator<string>,
  ) {
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
  }

  /** @throws EvosiftError `sandbox_unavailable` where it does not come up. */
  static async start(launch: Launch): Promise<Supervisor> {
    const child = startProcess(launch);
    const [requests, answers, errors] = child.stdio as unknown as [Writable, Readable, Readable];
    const lines = createInterface({ input: answers })[Symbol.asyncIterator]();
    const supervisor = new Supervisor(launch, child, requests, lines);
    // What can't be written is known by the answer that does not come.
    for (const stream of [requests, answers, errors]) stream.on('error', () => {});
    child.on('error', (error) => supervisor.#hear(error.message));
    errors.setEncoding('utf8').on('data', (text: string) => supervisor.#hear(text));
    try {
      await supervisor.#answer(PATIENCE);
    } catch (cause) {
      throw doesNotStart(supervisor.#said, cause);
    }
    supervisor.#hold(false);
    return supervisor;
  }

  /** It has ended, or can't be relied on. */
  get isLost(): boolean {
    return this.#isLost;
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-LAST_WORDS);
  }

  /** @throws SupervisorLost */
  async run({ code, inputs, timeout = this.launch.caseTimeout }: SandboxJob): Promise<readonly Verdict[]> {
    this.#hold(true);
    try {
      this.requests.write(`${JSON.stringify({ code, inputs, timeout })}\n`);
      const verdicts = (await this.#answer(PATIENCE + (inputs.length + 4) * timeout * 1000)) as readonly (readonly [
        VerdictKind,
        string | null,
      ])[];
      return verdicts.map(([verdict, detail]) => ({ verdict, detail }));
    } finally {
      this.#hold(false);
    }
  }

  /** Whether it keeps this process from ending: only while it is waited for. */
  #hold(isWaitedFor: boolean): void {
    const change = isWaitedFor ? 'ref' : 'unref';
    this.child[change]();
    for (const pipe of this.child.stdio.slice(0, 3)) if (pipe instanceof Socket) pipe[change]();
  }

  /** @param patience Milliseconds. */
  async #answer(patience: number): Promise<unknown> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), Math.min(patience, LONGEST));
    const line = await this.answers.next();
    clearTimeout(timer);
    if (line.done !== true) return JSON.parse(line.value);
    await this.stop();
    throw new SupervisorLost(`A process of the sandbox ended: ${this.#said.trim()}`);
  }

  /** Ends it, and all that runs in it. */
  async stop(): Promise<void> {
    this.#isLost = true;
    if (this.child.pid === undefined) return;
    this.#hold(true);
    this.child.kill('SIGKILL');
    await this.#closed;
  }
}
