import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';

/** The folder of reference values, real rows and models that stands beside a checkout. */
export const SHARED = resolve(process.env.EVOSIFT_SHARED ?? join(import.meta.dirname, '../../../shared'));

export const shared = (...parts: string[]): string => join(SHARED, ...parts);

/** `describe`, skipped with the reason in its name where the shared folder is absent; in CI its absence is a failure. */
export function describeShared(name: string, body: () => void): void {
  if (existsSync(SHARED)) describe(name, body);
  else if (process.env.CI)
    describe(name, () => {
      throw new Error(`EVOSIFT_SHARED: ${SHARED} does not exist`);
    });
  else describe.skip(`${name} (skipped: ${SHARED} does not exist; set EVOSIFT_SHARED)`, body);
}
