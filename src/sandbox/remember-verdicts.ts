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
  const log = await IndexedLog.open(path, FORMAT);
  return {
    run: (job) => runMissing(inner, log, job),
    async [Symbol.asyncDispose](): Promise<void> {
      await inner[Symbol.asyncDispose]();
      await log.close();
    },
  };
}

async function runMissing(
  inner: Sandbox,
  log: IndexedLog<Remembered>,
  { code, inputs }: SandboxJob,
): Promise<readonly Verdict[]> {
  const keys = inputs.map((input) => keyOf(code, input));
  const known = await Promise.all(keys.map((key) => log.find(key)));
  const verdicts = known.map((found) => found?.[0] ?? null);
  const missing = [...verdicts.keys()].filter((place) => verdicts[place] === null);
  if (missing.length > 0) {
    const given = await inner.run({ code, inputs: missing.map((place) => inputs[place] ?? '') });
    const entries = given.map((verdict, position) => ({ key: keys[missing[position] ?? 0] ?? '', ...verdict }));
    for (const [position, entry] of entries.entries()) verdicts[missing[position] ?? 0] = entry;
    const lasting = entries.filter(({ detail }) => detail !== PROCESS_LOST.detail);
    await Promise.all(lasting.map((entry) => log.append(entry)));
  }
  return verdicts.map((found) => ({ verdict: found?.verdict ?? 'killed', detail: found?.detail ?? null }));
}
