import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mergeRuns } from '../../../src/runs/merge-runs.js';
import { createScorer, type Scorer } from '../../../src/score/scorer.js';
import { scoreFiles } from '../../../src/score/run/score-files.js';
import { FormulaEngine, type FormulaEngineOptions } from '../../support/formula-engine.js';

const tokenizerDirectory = resolve(import.meta.dirname, '../../../models/pocket');
let folder: string;
let data: string;
const open: Scorer[] = [];

const ROWS = 700;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-run-'));
  data = join(folder, 'rows.jsonl');
  await writeFile(data, Array.from({ length: ROWS }, (_, number) => `${lineOf(number)}\n`).join(''));
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((scorer) => scorer.close()));
});

/** Every hundredth row has no answer. */
function lineOf(number: number): string {
  const output = number % 100 === 50 ? '' : `the answer is ${number * 7} of course`;
  return JSON.stringify({ id: `row-${number}`, instruction: `question number ${number}?`, output });
}

async function scorerOver(options: FormulaEngineOptions = {}): Promise<Scorer> {
  const scorer = await createScorer(new FormulaEngine(options), {
    model: 'formula',
    tokenizerDirectory,
    modelHash: async () => 'formula',
  });
  open.push(scorer);
  return scorer;
}

const scoresOf = (run: string): Promise<string> => readFile(join(run, 'scores.jsonl'), 'utf8');
const linesOf = async (run: string): Promise<Record<string, unknown>[]> =>
  (await scoresOf(run))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('scoreFiles', () => {
  it('writes a line a row, in order, and a summary that counts them', async () => {
    const scorer = await scorerOver();
    const out = join(folder, 'whole');
    const report = await scoreFiles({ scorer, data: [data], out });
    expect(report).toMatchObject({
      rows: ROWS,
      scored: 693,
      unscored: 7,
      reasons: { empty_response: 7 },
      complete: true,
    });
    const lines = await linesOf(out);
    expect(lines.map(({ index }) => index)).toEqual([...Array.from({ length: ROWS }).keys()]);
    expect(Object.keys(lines[0]!).slice(0, 15).join()).toBe(
      'index,id,status,reason,loss_q,loss_a_given_q,loss_a,ifd,ic_ifd,tokens_q,tokens_a,tokens_a_alone,' +
        'tokens_instruction,truncated,hash',
    );
    expect(lines[50]).toMatchObject({ id: 'row-50', status: 'unscored', reason: 'empty_response', ifd: null });
    const summary: unknown = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ rows: ROWS, scored: 693, complete: true });
    const log = await readFile(join(out, 'log.jsonl'), 'utf8');
    expect(log).toContain('row 50');
  });

  it('goes on where a failure or an abort stopped it, to the same bytes', { timeout: 20_000 }, async () => {
    const whole = join(folder, 'whole');
    await scoreFiles({ scorer: await scorerOver(), data: [data], out: whole });

    const out = join(folder, 'stopped');
    const failing = await scorerOver({ failAt: new Set([12]) });
    const options = { data: [data], out, batchTokens: 1_000 };
    await expect(scoreFiles({ ...options, scorer: failing })).rejects.toMatchObject({ code: 'engine_failed' });
    const afterFailure = (await linesOf(out)).length;
    expect(afterFailure).toBeGreaterThan(0);
    expect(afterFailure).toBeLessThan(ROWS);

    const controller = new AbortController();
    const slow = await scorerOver({ delayOf: () => 5 });
    const aborted = scoreFiles({
      scorer: slow,
      ...options,
      signal: controller.signal,
      onProgress: ({ rows }) => {
        if (rows >= afterFailure + 10) controller.abort();
      },
    });
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect((await linesOf(out)).length).toBeGreaterThanOrEqual(afterFailure + 10);

    const report = await scoreFiles({ ...options, scorer: await scorerOver() });
    expect(report.complete).toBe(true);
    expect(await scoresOf(out)).toBe(await scoresOf(whole));
  });

  it('grows with the limit', async () => {
    const scorer = await scorerOver();
    const out = join(folder, 'limited');
    expect(await scoreFiles({ scorer, data: [data], out, limit: 10 })).toMatchObject({ rows: 10, complete: false });
    expect(await scoreFiles({ scorer, data: [data], out, limit: 30 })).toMatchObject({ rows: 30, complete: false });
    expect(await scoreFiles({ scorer, data: [data], out })).toMatchObject({ rows: ROWS, complete: true });
    expect((await linesOf(out)).map(({ index }) => index)).toEqual([...Array.from({ length: ROWS }).keys()]);
  });

  it('refuses another run in the same directory, and starts over with force', async () => {
    const scorer = await scorerOver();
    const out = join(folder, 'run');
    await scoreFiles({ scorer, data: [data], out, limit: 5 });
    const other = { data: [data], out, limit: 5, perToken: true };
    await expect(scoreFiles({ ...other, scorer })).rejects.toMatchObject({
      code: 'run_mismatch',
      message: expect.stringContaining('per_token'),
    });
    expect(await scoreFiles({ scorer, ...other, force: true })).toMatchObject({ rows: 5 });
  });

  it('in shards that are merged equals the whole', async () => {
    const scorer = await scorerOver();
    const whole = join(folder, 'whole');
    await scoreFiles({ scorer, data: [data], out: whole });
    const shards = ['1/3', '2/3', '3/3'].map((shard) => ({ shard, out: join(folder, shard.replace('/', '-')) }));
    for (const { shard, out } of shards) {
      expect(await scoreFiles({ scorer, data: [data], out, shard })).toMatchObject({ complete: true });
    }
    const merged = join(folder, 'merged');
    await mergeRuns(
      shards.map(({ out }) => out),
      merged,
    );
    expect(await scoresOf(merged)).toBe(await scoresOf(whole));
  });

  it('takes over the scores of rows that an earlier run had, in their places', async () => {
    const earlier = join(folder, 'earlier');
    await scoreFiles({ scorer: await scorerOver(), data: [data], out: earlier });
    // The same rows in another order, with new ones between them.
    const mixed = join(folder, 'mixed.jsonl');
    const numbers = Array.from({ length: 900 }, (_, number) =>
      number % 3 === 0 ? number + 10_000 : (number * 7) % ROWS,
    );
    await writeFile(mixed, numbers.map((number) => `${lineOf(number)}\n`).join(''));
    const afresh = join(folder, 'afresh');
    await scoreFiles({ scorer: await scorerOver(), data: [mixed], out: afresh });

    const engine = new FormulaEngine();
    const scorer = await createScorer(engine, {
      model: 'formula',
      tokenizerDirectory,
      modelHash: async () => 'formula',
    });
    open.push(scorer);
    const out = join(folder, 'reusing');
    await scoreFiles({ scorer, data: [mixed], out, reuse: earlier });
    expect(await scoresOf(out)).toBe(await scoresOf(afresh));
    // Two sequences for each of the 300 new rows; three of them are numbers like 10050, which have no answer to score.
    const sequences = engine.batches.reduce((sum, { starts }) => sum + starts.length - 1, 0);
    const unanswered = numbers.filter((number) => number >= 10_000 && number % 100 === 50).length;
    expect(sequences).toBe(2 * 300 - unanswered);
  });

  it('scores the best share of an earlier run again, ties to the earlier row', async () => {
    const scorer = await scorerOver();
    const earlier = join(folder, 'earlier');
    await scoreFiles({ scorer, data: [data], out: earlier });
    const ranked = (await linesOf(earlier))
      .filter(({ status }) => status === 'scored')
      .sort((a, b) => Number(b['ic_ifd']) - Number(a['ic_ifd']) || Number(a['index']) - Number(b['index']));
    // 693 scored rows: 10 % are 69.3.
    const expected = ranked
      .slice(0, 69)
      .map(({ index }) => Number(index))
      .sort((a, b) => a - b);
    const out = join(folder, 'cascade');
    const report = await scoreFiles({ scorer, from: earlier, top: '10%', out, perToken: true });
    expect(report).toMatchObject({ rows: 69, complete: true });
    expect((await linesOf(out)).map(({ index }) => index)).toEqual(expected);

    const otherData = join(folder, 'other.jsonl');
    await writeFile(otherData, `${lineOf(1)}\n`);
    await expect(
      scoreFiles({ scorer, data: [otherData], from: earlier, top: '10%', out: join(folder, 'no') }),
    ).rejects.toMatchObject({ code: 'run_mismatch' });
  });

  it('chooses by what the recipe of the earlier run ranks by', async () => {
    const scorer = await scorerOver();
    const earlier = join(folder, 'earlier');
    await scoreFiles({ scorer, data: [data], out: earlier, recipe: 'cherry' });
    const best = (await linesOf(earlier))
      .filter(({ status }) => status === 'scored')
      .sort((a, b) => Number(b['ifd']) - Number(a['ifd']) || Number(a['index']) - Number(b['index']))
      .slice(0, 9)
      .map(({ index }) => Number(index));
    const out = join(folder, 'cascade');
    await scoreFiles({ scorer, from: earlier, top: 9, out });
    expect((await linesOf(out)).map(({ index }) => index)).toEqual(best.sort((a, b) => a - b));
  });

  it('scores rows that were chosen by their turns by turns again, or says so', async () => {
    const scorer = await scorerOver();
    const earlier = join(folder, 'earlier');
    await scoreFiles({ scorer, data: [data], out: earlier, turns: 'each' });
    const again = { scorer, from: earlier, top: 9 };
    await expect(scoreFiles({ ...again, out: join(folder, 'no') })).rejects.toMatchObject({
      code: 'bad_argument',
      message: `${earlier} was scored with \`turns\` each; give the same here`,
    });
    await expect(scoreFiles({ ...again, out: join(folder, 'yes'), turns: 'each' })).resolves.toMatchObject({ rows: 9 });
  });

  it('stops at the first row without a score under strict, and keeps those before it', async () => {
    const out = join(folder, 'strict');
    const run = scoreFiles({ scorer: await scorerOver(), data: [data], out, strict: true });
    await expect(run).rejects.toMatchObject({ code: 'strict', message: expect.stringContaining('Row 50') });
    expect((await linesOf(out)).map(({ index }) => index)).toEqual([...Array.from({ length: 50 }).keys()]);
  });

  it('says where a malformed row stands', async () => {
    const odd = join(folder, 'odd.jsonl');
    await writeFile(odd, `${lineOf(0)}\n{"instruction": \n{"instruction":"a","output":{}}\n${lineOf(3)}\n`);
    const out = join(folder, 'odd');
    const report = await scoreFiles({ scorer: await scorerOver(), data: [odd], out });
    expect(report).toMatchObject({ rows: 4, scored: 2, reasons: { malformed_row: 2 } });
    const log = await readFile(join(out, 'log.jsonl'), 'utf8');
    expect(log).toContain(`${odd} line 2`);
    expect(log).toContain(`${odd} line 3, row 2: field 'output'`);
  });

  it('reads a row of another shape than the first by its own, unless a shape was named', async () => {
    const mixed = join(folder, 'mixed.jsonl');
    const talk = '{"messages":[{"role":"user","content":"Which?"},{"role":"assistant","content":"This one."}]}';
    const turns = '{"data":["Which?","This one."]}';
    await writeFile(mixed, `${lineOf(0)}\n${talk}\n${turns}\n{"instruction":"a"}\n${lineOf(3)}\n`);
    const scorer = await scorerOver();
    const [loose, fixed] = [join(folder, 'loose'), join(folder, 'fixed')];
    const options = { scorer, recipe: 'aligned', data: [mixed] } as const;
    expect(await scoreFiles({ ...options, out: loose })).toMatchObject({ scored: 4, reasons: { malformed_row: 1 } });
    expect(await readFile(join(loose, 'log.jsonl'), 'utf8')).toContain(
      "row 3: the row's fields are of no known format: instruction",
    );
    expect(await scoreFiles({ ...options, out: fixed, format: 'alpaca' })).toMatchObject({ scored: 2, unscored: 3 });
  });

  it('keeps what it reads from a stream, and goes on without it', async () => {
    const scorer = await scorerOver();
    const out = join(folder, 'streamed');
    const text = await readFile(data, 'utf8');
    const options = { data: ['-'], out };
    await scoreFiles({ scorer, ...options, input: Readable.from([text]), limit: 5 });
    await scoreFiles({ scorer, ...options, input: Readable.from([]), limit: 10 });
    expect(await scoreFiles({ scorer, ...options, input: Readable.from([text]) })).toMatchObject({ rows: ROWS });
    await expect(scoreFiles({ scorer, ...options, input: Readable.from([text, '\n{}']) })).rejects.toMatchObject({
      code: 'run_mismatch',
    });
    await expect(
      scoreFiles({ scorer, data: ['-'], out: join(folder, 'empty'), input: Readable.from([]) }),
    ).rejects.toMatchObject({ code: 'bad_data' });
  });

  it.each([
    [{ data: [] }, /`data` is missing/],
    [{ data: ['a'], from: 'b' }, /`from` and `top` go together/],
    [{ data: ['-', 'a'] }, /cannot be joined with files/],
    [{ data: ['a'], shard: '3/2' }, /`shard` 3\/2/],
    [{ data: ['a'], limit: 0 }, /`limit` must be an integer of at least 1, not 0/],
    [{ data: 'a' }, /`data` must be an array of non-empty strings, not "a"/],
  ])('refuses %j', async (options, message) => {
    const run = scoreFiles({ ...(options as object), scorer: await scorerOver() });
    await expect(run).rejects.toMatchObject({ code: 'bad_argument', message: expect.stringMatching(message) });
  });
});
