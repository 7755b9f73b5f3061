import { Writable } from 'node:stream';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rank } from '../../src/rank/rank.js';
import { busyShare } from '../support/busy-share.js';
import { plainRows, runOver, scored } from './rank-fixture.js';

// A ranking is assembled on a worker thread: what passes between it and its caller.

const ROWS = 20_000;
const lines = Array.from({ length: ROWS }, (_, index) => scored(index, { icIfd: (index * 7919) % ROWS }));
const many = await runOver('data.jsonl', plainRows(ROWS), lines);
const out = join(many.folder, 'out.jsonl');
const leftovers = (): string[] => [...readdirSync(many.folder), ...readdirSync(many.run)].filter(isLeftover);
const isLeftover = (name: string): boolean => name.includes('.partial') || name.startsWith('.database-');

/** Takes bytes as slowly as it is told to. */
function collector(delayMs: number): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      setTimeout(done, delayMs);
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

describe('a ranking', () => {
  it("leaves the caller's event loop free", async () => {
    expect(await busyShare(() => rank({ run: many.run, out }))).toBeLessThan(0.25);
  });

  it('tells how far it is', async () => {
    const seen: string[] = [];
    await rank({ run: many.run, out, onProgress: ({ stage, rows }) => void seen.push(`${stage} ${rows}`) });
    expect(seen).toContain('reading 2048');
    expect(seen).toContain('writing 1024');
    expect(seen.at(-1)).toBe(`writing ${Math.floor(ROWS / 1024) * 1024}`);
  });

  it('waits for a slow stream, and has written all of it when it is done', async () => {
    const { stream, text } = collector(5);
    await rank({ run: many.run, out: stream });
    const written = text().split('\n').slice(0, -1);
    expect(written.length).toBe(ROWS);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ evosift: { rank: 1, ic_ifd: ROWS - 1 } });
  });

  it('ends with what its progress callback throws', async () => {
    const onProgress = (): never => {
      throw new Error('enough');
    };
    await expect(rank({ run: many.run, out, onProgress })).rejects.toThrow('enough');
    expect(leftovers()).toEqual([]);
  });

  it('ends with what its stream fails with', async () => {
    let taken = 0;
    const stream = new Writable({
      write: (chunk: Buffer, _, done) => {
        taken += chunk.length;
        done(taken > 500_000 ? new Error('the pipe is closed') : null);
      },
    });
    await expect(rank({ run: many.run, out: stream })).rejects.toThrow('the pipe is closed');
    expect(leftovers()).toEqual([]);
  });

  it('aborted on its way leaves nothing behind', async () => {
    const target = join(many.folder, 'aborted.jsonl');
    const controller = new AbortController();
    const onProgress = ({ stage }: { stage: string }): void => {
      if (stage === 'writing') controller.abort();
    };
    const ranking = rank({ run: many.run, out: target, signal: controller.signal, onProgress });
    await expect(ranking).rejects.toMatchObject({ code: 'aborted' });
    expect(existsSync(target)).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  it('keeps the code and the words of an error', async () => {
    await expect(rank({ run: many.run, by: 'nothing' })).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining('nothing') as string,
    });
  });
});
