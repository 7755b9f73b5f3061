import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { REAL_MODEL } from '../../scripts/real-model.mjs';

/** The directory of SmolLM2-135M-Instruct, a real model of 135M parameters, which set-up makes (scripts/real-model.mjs). */
export const SMOLLM2: string = REAL_MODEL;

/** `describe` for tests of the real model: skipped with the reason in its name where there is none, and under CI a failure. */
export function describeWithSmollm2(name: string, body: () => void): void {
  if (existsSync(SMOLLM2)) describe(name, body);
  else if (process.env.CI)
    describe(name, () => {
      throw new Error(`${SMOLLM2} does not exist; scripts/setup.mjs --tests makes it, and says why if it can't`);
    });
  else describe.skip(`${name} (skipped: ${SMOLLM2} does not exist; npm test makes it)`, body);
}
