import { describe, expect, it } from 'vitest';
import { WindowPace } from '../../../src/score/window-pace.js';

const LIMITS = { least: 512, most: 32_768 };

/** Limits after each of some windows that an engine of this speed ran one after the other. */
async function limitsAt(tokensPerSecond: number, windows: number): Promise<number[]> {
  let now = 0;
  const pace = new WindowPace(LIMITS, () => now);
  const limits = [pace.limit];
  for (let window = 0; window < windows; window++) {
    const tokens = pace.limit;
    await pace.time(tokens, async () => void (now += (1_000 * tokens) / tokensPerSecond));
    limits.push(pace.limit);
  }
  return limits;
}

describe('WindowPace', () => {
  it("begins small and comes to three seconds' work at once", async () => {
    expect(await limitsAt(2_000, 2)).toEqual([512, 6_000, 6_000]);
  });

  it('stays between the least and the most', async () => {
    expect(await limitsAt(40, 2)).toEqual([512, 512, 512]);
    expect(await limitsAt(1e7, 2)).toEqual([512, 32_768, 32_768]);
  });

  it('counts the time that two windows share once', async () => {
    let now = 0;
    const pace = new WindowPace(LIMITS, () => now);
    const ends: (() => void)[] = [];
    const window = (): Promise<void> => pace.time(1_000, () => new Promise((end) => ends.push(end)));
    const both = [window(), window()];
    now = 500;
    ends[0]?.();
    await both[0];
    now = 1_000;
    ends[1]?.();
    await both[1];
    expect(pace.limit).toBe(6_000);
  });

  it('follows an engine that became slower', async () => {
    let now = 0;
    const pace = new WindowPace(LIMITS, () => now);
    const run = (tokens: number, milliseconds: number): Promise<void> =>
      pace.time(tokens, async () => void (now += milliseconds));
    await run(10_000, 1_000);
    for (let window = 0; window < 8; window++) await run(1_000, 1_000);
    expect(pace.limit).toBeLessThan(3_300);
  });
});
