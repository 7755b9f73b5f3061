import { createHash } from 'node:crypto';
import { EvosiftError } from '../base/errors.js';
import { IndexedLog } from '../files/indexed-log.js';
import type { LogFormat } from '../files/log-index.js';
import { PROCESS_LOST, type Sandbox, type SandboxJob, type Verdict, type VerdictKind } from './verdict.js';

/** A line of the log: what came of a function and an input, by the sha-256 of the two. */
interface Remembered extends Verdict {
  readonly key: string;
}

const KINDS: readonly VerdictKind[] = ['true', 'false', 'error', 'timeout', 'killed', 'missing_module'];

const FORMAT: LogFormat<Remembered> = {
  parse: parseLine,
  textOf: ({ key, verdict, detail }) => `${JSON.stringify({ key, verdict, detail })}\n`,
  keyOf: ({ key }) => key,
  groupOf: null,
  keeps: 'first',
  damaged: (path, line) =>
    new EvosiftError(
      'bad_data',
      `${path} line ${line} is damaged; remove that line, so that its verdict is asked for again`,
    ),
};

function parseLine(text: string): Remembered | null {
  let value: Partial<Remembered> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { key, verdict, detail } = value ?? {};
  if (typeof key !== 'string' || !KINDS.some((kind) => kind === verdict)) return null;
  return detail === null || typeof detail === 'string' ? (value as Remembered) : null;
}

/** The code's length tells where it ends. */
const keyOf = (code: string, input: string): string =>
  createHash('sha256').update(`${code.length}\n${code}${input}`).digest('hex');

/**
 * A sandbox that asks `inner` for no verdict that the log at `path` has: a run that goes on comes to the same, a timeout
 * included. It closes the log and `inner`.
 *
 * @throws EvosiftError `bad_data` for a damaged line, with its number; `bad_argument` where the log can't be written.
 */
export async function rememberVerdicts(inner: Sandbox, path: string): Promise<Sandbox> {
  return new RememberingSandbox(inner, await IndexedLog.open(path, FORMAT));
}

type ByKey = ReadonlyMap<string, Verdict>;

class RememberingSandbox implements Sandbox {
  /** Who settles the verdicts that are asked for now: a second look at the clock could come to another one. */
  readonly #underWay = new Map<string, Promise<ByKey>>();

  constructor(
    private readonly inner: Sandbox,
    private readonly log: IndexedLog<Remembered>,
  ) {}

  async run({ code, inputs, ...job }: SandboxJob): Promise<readonly Verdict[]> {
    const keys = inputs.map((input) => keyOf(code, input));
    const own = new Map(keys.map((key, place) => [key, inputs[place] ?? '']));
    for (const key of this.#underWay.keys()) own.delete(key);
    const settling = this.#settle(code, own, job);
    for (const key of own.keys()) this.#underWay.set(key, settling);
    try {
      const settled = await Promise.all(keys.map((key) => this.#underWay.get(key)));
      return keys.map((key, place) => settled[place]?.get(key) ?? PROCESS_LOST);
    } finally {
      for (const key of own.keys()) this.#underWay.delete(key);
    }
  }

  /** From the log, or from the function, and then the log has it. @param inputs By their keys. */
  async #settle(
    code: string,
    inputs: ReadonlyMap<string, string>,
    job: Omit<SandboxJob, 'code' | 'inputs'>,
  ): Promise<ByKey> {
    const verdicts = new Map<string, Verdict>();
    const missing: string[] = [];
    for (const key of inputs.keys()) {
      const [found] = (await this.log.find(key)) ?? [];
      if (found === undefined) missing.push(key);
      else verdicts.set(key, { verdict: found.verdict, detail: found.detail });
    }
    if (missing.length === 0) return verdicts;
    const given = await this.inner.run({ ...job, code, inputs: missing.map((key) => inputs.get(key) ?? '') });
    const entries = given.map((verdict, place) => ({ key: missing[place] ?? '', ...verdict }));
    for (const { key, verdict, detail } of entries) verdicts.set(key, { verdict, detail });
    const lasting = entries.filter(({ detail }) => detail !== PROCESS_LOST.detail);
    await Promise.all(lasting.map((entry) => this.log.append(entry)));
    return verdicts;
  }

  async close(): Promise<void> {
    await this.inner.close();
    await this.log.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
