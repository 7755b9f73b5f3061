/** The positions of an answer that count: all, or its first ones; `first:5` is what the published code takes. */
export type Positions = 'all' | `first:${number}`;

const FIRST = /^first:([1-9]\d{0,8})$/;

export const isPositions = (value: unknown): boolean =>
  value === 'all' || (typeof value === 'string' && FIRST.test(value));

/** How many positions from an answer's beginning; Infinity for all. */
export const mostPositions = (positions: Positions): number => Number(FIRST.exec(positions)?.[1] ?? Infinity);
