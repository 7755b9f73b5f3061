import { resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { WorkerPool } from '../../../src/async/worker-pool.js';
import type { IndexedRow } from '../../../src/score/parsed-rows.js';
import { prepareChunk } from '../../../src/score/prepare-chunk.js';
import type { PrepareOptions } from '../../../src/score/sequences/prepare-options.js';

const pool = new WorkerPool({
  filename: resolve(import.meta.dirname, '../../fixtures/pool/broken-worker.mjs'),
  threads: 1,
});

afterEach(() => pool.close());

const options: PrepareOptions = {
  recipe: 'paper',
  template: 'bare',
  turns: 'reject',
  limit: 100,
  overflow: 'skip',
  reasoning: 'include',
  specialTokens: 'control',
  templateKwargs: undefined,
  vocabSize: 100,
};

it('gives the rows of a task that failed twice the reason worker_failed, and lets the others through', async () => {
  const readable: IndexedRow = {
    index: 4,
    row: {
      ok: true,
      id: 'a',
      hash: 'b1',
      example: { kind: 'exchange', instruction: 'q', input: '', response: 'a', system: '', history: [] },
    },
  };
  const unreadable: IndexedRow = { index: 5, row: { ok: false, id: null, reason: 'malformed_row', detail: 'torn' } };
  const passing = { index: 6, passing: 'anything' };
  const items = await prepareChunk(pool, [readable, unreadable, passing], options, new AbortController().signal);
  expect(items).toMatchObject([
    { index: 4, id: 'a', hash: 'b1', prepared: { reason: 'worker_failed', detail: expect.stringContaining('broken') } },
    { index: 5, prepared: { reason: 'malformed_row', detail: 'torn' } },
    passing,
  ]);
});
