import { REAL_ENCODER } from '../../scripts/real-encoder.mjs';
import { describeWith } from './test-cache.js';

/** The directory of all-MiniLM-L6-v2 with int8 weights, a real sentence encoder, which set-up makes (scripts/real-encoder.mjs). */
export const MINILM: string = REAL_ENCODER;

/** `describe` for tests of the real encoder: skipped where there is none. */
export const describeWithMinilm = (name: string, body: () => void): void => describeWith(MINILM, name, body);
