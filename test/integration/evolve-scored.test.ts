import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetOf, lineageOf, resultOf, seedFolder, summaryOf } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';

interface Scores {
  readonly id: string;
  readonly ic_ifd: number | null;
  readonly hash: string;
}

describe('evosift evolve --score', { timeout: 300_000 }, () => {
  let llm: LoopbackLlm;
  beforeAll(async () => {
    llm = await LoopbackLlm.start();
  });
  afterAll(async () => {
    await llm.stop();
  });

  it('scores what survives as `evosift score` does, and ranks the best version of each seed', async () => {
    const { folder, data } = await seedFolder(6);
    const run = join(folder, 'run');
    const args = ['evolve', data, '--llm', llm.spec, '--rounds', '2', '--score', '-m', 'pocket', '-o', run];
    const { code, stdout, stderr } = await runCli([...args, '--quiet', '--json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const scored = readJsonLines<Scores>(join(run, 'scored', 'scores.jsonl'));
    const rows = datasetOf(run);
    expect(scored.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(rows.map(({ evosift }) => evosift.ic_ifd)).toEqual(scored.map(({ ic_ifd }) => ic_ifd));

    const apart = join(folder, 'apart');
    expect((await runCli(['score', join(run, 'dataset.jsonl'), '-m', 'pocket', '-o', apart, '--quiet'])).code).toBe(0);
    expect(await readFile(join(run, 'scored', 'scores.jsonl'), 'utf8')).toBe(
      await readFile(join(apart, 'scores.jsonl'), 'utf8'),
    );

    const values = scored.map(({ ic_ifd }) => ic_ifd ?? NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(JSON.parse(stdout).total.mean_ic_ifd).toBeCloseTo(mean, 12);
    expect(summaryOf(run).seeds).toMatchObject({ scored: 6, mean_ic_ifd: expect.any(Number) });

    const best = join(folder, 'best.jsonl');
    const ranked = await runCli(['rank', run, '--per', 'lineage', '--top', '1', '-o', best]);
    expect(ranked.code).toBe(0);
    const kept = readJsonLines<{ lineage: string; evosift: { ic_ifd: number } }>(best);
    expect(kept.map(({ lineage }) => lineage).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    for (const { lineage, evosift } of kept) {
      const versions = rows.filter((row) => row.lineage === lineage).map((row) => row.evosift.ic_ifd ?? NaN);
      expect(evosift.ic_ifd).toBe(Math.max(...versions));
    }

    const result = await resultOf(run);
    const losses = readFileSync(join(run, 'losses.jsonl'), 'utf8');
    expect((await runCli([...args, '--quiet'])).code).toBe(0);
    expect(await resultOf(run)).toEqual(result);
    expect(readFileSync(join(run, 'losses.jsonl'), 'utf8')).toBe(losses);
    await rm(join(run, 'losses.jsonl'));
    expect((await runCli([...args, '--quiet'])).code).toBe(0);
    expect(await resultOf(run)).toEqual(result);
  });

  it('keeps the best of several candidates; the others are outdone', async () => {
    const { folder, data } = await seedFolder(4);
    const run = join(folder, 'run');
    const args = ['evolve', data, '--llm', llm.spec, '--score', '-m', 'pocket', '--best-of', '3', '-o', run];
    expect((await runCli([...args, '--quiet'])).code).toBe(0);
    for (let seed = 0; seed < 4; seed++) {
      const candidates = lineageOf(run).filter(
        (line) => line.seed === String(seed) && line.response !== null && line.round > 0,
      );
      const survivors = candidates.filter(({ status }) => status === 'survived');
      expect(survivors).toHaveLength(1);
      expect(survivors[0]?.ic_ifd).toBe(Math.max(...candidates.map(({ ic_ifd }) => ic_ifd ?? -1)));
    }
    const outdone = lineageOf(run).filter(({ status }) => status === 'outdone');
    expect(outdone.length).toBeGreaterThan(0);
    expect(summaryOf(run).total).toMatchObject({ out: 4, outdone: outdone.length });
  });

  it('gives a version without an answer its loss_q and says why', async () => {
    await using mute = await LoopbackLlm.start({
      answer: new URL('../support/loopback-llm/mute.mjs', import.meta.url).href,
    });
    const { folder, data } = await seedFolder(3);
    const run = join(folder, 'run');
    const args = [
      'evolve',
      data,
      '--llm',
      mute.spec,
      '--score',
      '-m',
      'pocket',
      '-o',
      run,
      '--quiet',
      '--retries',
      '0',
    ];
    expect((await runCli(args)).code).toBe(0);
    const survived = lineageOf(run).filter(({ status }) => status === 'survived');
    expect(survived).toHaveLength(3);
    for (const line of survived) {
      expect(line).toMatchObject({
        response: null,
        response_reason: 'empty',
        score_reason: 'empty_response',
        ifd: null,
      });
      expect(line.loss_q).toBeGreaterThan(0);
    }
    expect(datasetOf(run).map(({ output }) => output)).toEqual(['', '', '']);
    expect(summaryOf(run).total.unanswered).toEqual({ empty: 3 });
  });
});
