import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder, and files of JSON lines in it. */
export async function judgeFolder(
  files: Readonly<Record<string, readonly object[]>>,
): Promise<{ readonly folder: string; readonly at: (name: string) => string }> {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-judge-'));
  const at = (name: string): string => join(folder, name);
  for (const [name, rows] of Object.entries(files)) {
    await writeFile(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
  return { folder, at };
}

/** So many rows; the instruction says its number. */
export const instructions = (count: number): readonly { instruction: string; input: string; output: string }[] =>
  Array.from({ length: count }, (_, number) => ({
    instruction: `Name ${number} rivers that flow into the Black Sea.`,
    input: number % 3 === 0 ? `Order them by length, list ${number}.` : '',
    output: `The Danube is the first of the ${number}.`,
  }));

/** What a test's instruction has for a number. */
export const numberOf = (instruction: string): number => Number(/Name (\d+)/.exec(instruction)?.[1]);

export interface JudgeSummary {
  readonly rows: number;
  readonly judged: number;
  readonly unjudged: Readonly<Record<string, number>>;
  readonly complete: boolean;
  readonly start: { readonly requests: number; readonly journaled: number };
  readonly [field: string]: unknown;
}

export const judgeSummary = (run: string): JudgeSummary => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));

/** What two runs of the same must agree in, to the byte. */
export async function judgeResult(run: string, verdicts: string): Promise<object> {
  const { start: _start, ...summary } = judgeSummary(run);
  return { summary, verdicts: await readFile(verdicts, 'utf8') };
}
