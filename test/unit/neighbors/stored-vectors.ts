import { readFileSync } from 'node:fs';
import type { VectorSet } from '../../../src/neighbors/index.js';
import { fixture } from '../../support/fixtures.js';

/** The cases of a file of test/fixtures/neighbors. */
export const storedCases = <Case>(file: string): readonly Case[] =>
  JSON.parse(readFileSync(fixture('neighbors', file), 'utf8')) as readonly Case[];

/** Vectors that a case holds as base64 of little-endian float32. */
export function storedVectors(base64: string, dimension: number): VectorSet {
  const bytes = Buffer.from(base64, 'base64');
  return { values: Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4)), dimension };
}
