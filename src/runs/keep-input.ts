import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { detectFile } from '../rows/detect-file.js';
import { fingerprint } from '../rows/fingerprint.js';
import { spool } from '../files/spool.js';
import { EvosiftError, messageOf } from '../base/errors.js';

/**
 * Keeps rows that a program hands over in the run directory, a JSON line each, and gives the file's path.
 *
 * @throws EvosiftError as `keepInput`; `bad_data` where a row can't be written as JSON.
 */
export const keepRows = (
  rows: Iterable<object> | AsyncIterable<object>,
  directory: string,
  force: boolean,
): Promise<string> => keepInput(Readable.from(jsonLines(rows)), directory, force);

async function* jsonLines(rows: Iterable<object> | AsyncIterable<object>): AsyncGenerator<string, void, undefined> {
  let index = 0;
  for await (const row of rows) yield jsonRow(row, index++);
}

/** A row as a JSON line. @throws EvosiftError `bad_data` where it can't be one. */
export function jsonRow(row: object, index: number): string {
  try {
    return `${JSON.stringify(row) ?? 'null'}\n`;
  } catch (cause) {
    throw new EvosiftError('bad_data', `row ${index} cannot be written as JSON: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Keeps what a stream holds in the run directory, so that the run can be resumed, and gives the file's path. Where the
 * directory keeps an input already, the stream must hold the same, or nothing (the same command without its pipe).
 *
 * @param force Keep the stream in place of what an earlier run kept.
 * @throws EvosiftError `bad_data` where there is no input, `run_mismatch` where it is another one, `disk_full`.
 */
export async function keepInput(input: Readable, directory: string, force: boolean): Promise<string> {
  const kept = resolve(directory, 'input');
  const goesOn = existsSync(kept) && !force;
  if (Reflect.get(input, 'isTTY') === true) {
    if (goesOn) return kept;
    throw new EvosiftError(
      'bad_data',
      '- reads standard input, which is a terminal: pipe the rows in, or name a file.',
    );
  }
  await mkdir(directory, { recursive: true });
  const arrived = join(directory, `input.${process.pid}`);
  try {
    await spool(input, arrived);
    const isEmpty = (await stat(arrived)).size === 0;
    if (isEmpty && !goesOn) throw new EvosiftError('bad_data', 'The input is empty: there are no rows.');
    if (goesOn && !isEmpty && !(await isSame(kept, arrived))) {
      throw new EvosiftError(
        'run_mismatch',
        `${directory} holds a run of another input; give another \`out\`, or \`force\` to start over`,
        { option: 'out' },
      );
    }
    if (!goesOn) await rename(arrived, kept);
    return kept;
  } finally {
    await rm(arrived, { force: true });
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [first, second] = await fingerprint(await Promise.all([one, other].map(detectFile)));
  return first?.sha256 === second?.sha256;
}
