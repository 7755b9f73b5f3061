import { existsSync } from 'node:fs';
import { describe } from 'vitest';

/**
 * `describe` for tests of a folder that set-up makes in the cache: skipped with the reason in its name where there is
 * none, and under CI a failure.
 */
export function describeWith(folder: string, name: string, body: () => void): void {
  if (existsSync(folder)) describe(name, body);
  else if (process.env.CI)
    describe(name, () => {
      throw new Error(`${folder} does not exist; scripts/setup.mjs --tests makes it, and says why if it can't`);
    });
  else describe.skip(`${name} (skipped: ${folder} does not exist; npm test makes it)`, body);
}
