import { readFileSync } from 'node:fs';
import { fixture } from './fixtures.js';

/** A text and what sentence-transformers makes of it. */
export interface ExpectedText {
  readonly text: string;
  readonly ids: number[];
  readonly embedding: number[];
}

/** The lines of a file of test/fixtures/embed. */
export const embedLines = <Line>(...path: string[]): Line[] =>
  readFileSync(fixture('embed', ...path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** The greatest difference between two vectors' numbers; NaN where they are not of one length. */
export const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN)))) : NaN;

export const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};
