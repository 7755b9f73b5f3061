import { REAL_MODEL } from '../../scripts/real-model.mjs';
import { describeWith } from './test-cache.js';

/** The directory of SmolLM2-135M-Instruct, a real model of 135M parameters, which set-up makes (scripts/real-model.mjs). */
export const SMOLLM2: string = REAL_MODEL;

/** `describe` for tests of the real model: skipped where there is none. */
export const describeWithSmollm2 = (name: string, body: () => void): void => describeWith(SMOLLM2, name, body);
