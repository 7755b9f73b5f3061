import { describe, expect, it } from 'vitest';
import type { ScoreLine } from '../../../src/runs/score-line.js';
import { CommitWindow } from '../../../src/score/run/commit-window.js';
import { scored } from '../../support/score-line.js';

/** A window over a directory that keeps what is committed, and a clock that is set by hand. */
function recorded() {
  const commits: number[][] = [];
  const clock = { now: 0 };
  const commit = async (lines: readonly ScoreLine[]): Promise<void> => {
    if (lines.length > 0) commits.push(lines.map(({ index }) => index));
  };
  return { commits, clock, window: new CommitWindow({ commit }, () => clock.now) };
}

describe('CommitWindow', () => {
  it('commits 64 rows at first, and everything in order', async () => {
    const { commits, clock, window } = recorded();
    for (let index = 0; index < 200; index++) {
      clock.now += 50;
      await window.add(scored(index));
    }
    await window.flush();
    expect(commits[0]).toHaveLength(64);
    expect(commits.flat()).toEqual([...Array.from({ length: 200 }).keys()]);
  });

  it('holds about 5 s of rows, between 64 and 4,096', async () => {
    const sizesAt = async (millisecondsPerRow: number, rows: number): Promise<number[]> => {
      const { commits, clock, window } = recorded();
      for (let index = 0; index < rows; index++) {
        clock.now += millisecondsPerRow;
        await window.add(scored(index));
      }
      return commits.map(({ length }) => length);
    };
    expect((await sizesAt(10, 2_000)).slice(1, 3)).toEqual([500, 500].map((size) => expect.closeTo(size, -1.5)));
    expect((await sizesAt(0.01, 10_000))[1]).toBe(4_096);
  });

  it('commits every 5 s where 64 rows take longer', async () => {
    const { commits, clock, window } = recorded();
    for (let index = 0; index < 20; index++) {
      clock.now += 1_000;
      await window.add(scored(index));
    }
    // A row that came after its 5 s were over is committed with the next one.
    clock.now += 60_000;
    await window.add(scored(20));
    await window.add(scored(21));
    expect(commits).toEqual([[0, 1, 2, 3], [4, 5, 6, 7, 8], [9, 10, 11, 12, 13], [14, 15, 16, 17, 18], [19]]);
    await window.add(scored(22));
    await window.flush();
    expect(commits.at(-1)).toEqual([20, 21, 22]);
  });

  it('never parts the lines of one row', async () => {
    const { commits, clock, window } = recorded();
    for (let index = 0; index < 300; index++) {
      for (let turn = 0; turn < 3; turn++) {
        // Five seconds are over in the middle of every other row.
        clock.now += 1_000;
        await window.add(scored(index));
      }
    }
    await window.flush();
    for (const [number, commit] of commits.entries()) {
      expect(commit.at(-1)).not.toBe(commits[number + 1]?.[0]);
    }
    expect(commits.flat()).toHaveLength(900);
    expect(commits.length).toBeGreaterThan(100);
  });
});
