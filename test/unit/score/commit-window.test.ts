import { describe, expect, it } from 'vitest';
import type { ScoreLine } from '../../../src/data/score-line.js';
import { CommitWindow } from '../../../src/score/run/commit-window.js';

const line = (index: number): ScoreLine => ({
  index,
  id: null,
  status: 'unscored',
  reason: 'empty_response',
  loss_q: null,
  loss_a_given_q: null,
  loss_a: null,
  ifd: null,
  ic_ifd: null,
  tokens_q: 0,
  tokens_a: 0,
  tokens_a_alone: 0,
  tokens_instruction: 0,
  truncated: false,
  hash: null,
});

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
      clock.now += 1_000;
      await window.add(line(index));
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
        await window.add(line(index));
      }
      return commits.map(({ length }) => length);
    };
    expect((await sizesAt(10, 2_000)).slice(1, 3)).toEqual([500, 500].map((size) => expect.closeTo(size, -1.5)));
    expect((await sizesAt(1_000, 400))[2]).toBe(64);
    expect((await sizesAt(0.01, 10_000))[1]).toBe(4_096);
  });

  it('never parts the lines of one row', async () => {
    const { commits, window } = recorded();
    for (let index = 0; index < 300; index++) {
      for (let turn = 0; turn < 3; turn++) await window.add(line(index));
    }
    await window.flush();
    for (const [number, commit] of commits.entries()) {
      expect(commit.at(-1)).not.toBe(commits[number + 1]?.[0]);
    }
    expect(commits.flat()).toHaveLength(900);
  });
});
