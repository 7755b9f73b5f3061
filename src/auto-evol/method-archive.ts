import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unwritable } from '../base/file-error.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { bestMethod, type MethodTrial } from './method-trial.js';

const BEST = 'best.txt';

/** The folder `methods/` of a run: a file for each trial, and the text of the best method in `best.txt`. */
export class MethodArchive {
  readonly #trials: MethodTrial[] = [];

  private constructor(readonly directory: string) {}

  /** @throws EvosiftError `bad_argument`, `disk_full`. */
  static async open(directory: string): Promise<MethodArchive> {
    await mkdir(directory, { recursive: true }).catch((error: unknown) => {
      throw unwritable(directory, error);
    });
    return new MethodArchive(directory);
  }

  /** Durable when it resolves. */
  async keep(trials: readonly MethodTrial[]): Promise<void> {
    for (const trial of trials) await writeFileAtomic(this.#pathOf(trial), trialText(trial));
    this.#trials.push(...trials);
    await writeFileAtomic(join(this.directory, BEST), `${bestMethod(this.#trials)}\n`);
  }

  /** Takes away what an earlier start has left of trials that this one did not come to. */
  async finish(): Promise<void> {
    const kept = new Set(this.#trials.map((trial) => this.#pathOf(trial)));
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      if (/^\d{4,}-(initial|step-\d+).*\.json$/.test(name) && !kept.has(path)) await rm(path);
    }
  }

  #pathOf = ({ id }: MethodTrial): string => join(this.directory, `${id}.json`);
}

function trialText(trial: MethodTrial): string {
  const { development, ...fields } = trial;
  const result = development && {
    rows: development.rows,
    unanswered: development.unanswered,
    failures: development.failures,
    rate: development.rate,
    scored: development.scored,
    mean_ic_ifd: development.meanIcIfd,
  };
  return `${JSON.stringify({ ...fields, development: result }, null, 2)}\n`;
}
