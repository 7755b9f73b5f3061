import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { detectFile } from '../../rows/detect-file.js';
import { fingerprint } from '../../rows/fingerprint.js';
import { spool } from '../../files/spool.js';
import { EvosiftError } from '../../base/errors.js';

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
    if (isEmpty && !goesOn) throw new EvosiftError('bad_data', 'The input is empty: there are no rows to score.');
    if (goesOn && !isEmpty && !(await isSame(kept, arrived))) {
      throw new EvosiftError(
        'run_mismatch',
        `${directory} holds a run of another input; give another --out, or --force to start over`,
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
