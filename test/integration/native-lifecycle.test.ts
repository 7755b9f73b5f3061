import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { loadNativeEngine } from '../../src/engine/native/native-engine.js';
import { busyShare } from '../support/busy-share.js';
import { batchOf } from '../support/batch-of.js';

const POCKET = join(import.meta.dirname, '../../models/pocket');

describe('a busy engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadNativeEngine(POCKET);
  });
  afterAll(() => engine.close());

  it('leaves the event loop free', async () => {
    const work = () => Promise.all(Array.from({ length: 8 }, () => engine.run(batchOf(32, 300))));
    expect(await busyShare(work)).toBeLessThan(0.1);
  });

  it('settles everything in flight when it is closed, and refuses what comes later', async () => {
    const own = await loadNativeEngine(POCKET);
    const runs = Array.from({ length: 10 }, () => own.run(batchOf(64, 400)));
    const settled = Promise.allSettled(runs);
    await own.close();
    const results = await settled;
    expect(results.some((r) => r.status === 'rejected')).toBe(true);
    for (const r of results) if (r.status === 'rejected') expect(r.reason).toMatchObject({ code: 'closed' });
    await expect(own.run(batchOf(1, 4))).rejects.toMatchObject({ code: 'closed' });
    await own.close();
  });

  it('drops an aborted run and goes on with the others', async () => {
    const controller = new AbortController();
    const aborted = engine.run(batchOf(128, 400), { signal: controller.signal });
    const other = engine.run(batchOf(2, 50));
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect((await other).nll).toEqual((await engine.run(batchOf(2, 50))).nll);
    expect((await other).nll.map(Math.sign)).toEqual(new Float32Array(2 * 49).fill(1));
  });
});
