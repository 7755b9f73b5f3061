import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mergeRuns } from '../../src/runs/merge-runs.js';
import { readManifest, readScores, readSummary } from '../../src/runs/read-run.js';
import { openReusedScores } from '../../src/runs/reuse.js';
import { ScoredRun } from '../../src/runs/scored-run.js';
import type { RunIdentity } from '../../src/runs/run-identity.js';
import type { ScoreLine } from '../../src/runs/score-line.js';
import { parseShard, shardRange } from '../../src/runs/shard.js';
import { identity, start } from '../support/run-identity.js';
import { printedRandom } from '../support/random.js';

const timings = { seconds: 2, rowsS: 5, tokensS: 50, stages: { engine: 1 } };

/**
 * Every seventh row has no score. The losses are arbitrary doubles: nothing here depends on what they mean.
 * The processes below are given this function as text, so it stands on its own.
 */
function line(index: number, fields: Partial<ScoreLine> = {}): ScoreLine {
  const scored = index % 7 !== 3;
  return {
    index,
    id: `row ${index} é`,
    status: scored ? 'scored' : 'unscored',
    reason: scored ? null : 'too_long',
    lossQ: 1 / (index + 3),
    lossAGivenQ: Math.PI / (index + 1),
    lossA: 2,
    ifd: scored ? 0.1 * (index + 1) : null,
    icIfd: scored ? 1 / 3 / (index + 1) : null,
    tokensQ: 5,
    tokensA: 6,
    tokensAAlone: 5,
    tokensInstruction: 4,
    tokens: 20,
    truncated: index % 5 === 0,
    hash: index.toString(16).padStart(16, '0').padEnd(32, 'e'),
    ...fields,
  };
}
const lines = (from: number, to: number): ScoreLine[] => Array.from({ length: to - from }, (_, i) => line(from + i));

const turns = (index: number): ScoreLine[] => [0, 1, 2].map((turn) => line(index, { turn }));

let root: string;
let run: string;
let runs = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'evosift-run-'));
});
beforeEach(() => {
  run = join(root, String(runs++), 'run');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open = (fields: Partial<RunIdentity> = {}, path = run, force = false): Promise<ScoredRun> =>
  ScoredRun.open(path, { identity: { ...identity, ...fields }, start, force });
const reopen = async (fields: Partial<RunIdentity> = {}, path = run): Promise<void> =>
  (await open(fields, path)).close();
const text = (name: string, path = run): string => readFileSync(join(path, name), 'utf8');
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => `${(error as { code: string }).code}: ${(error as Error).message}`,
  );

async function write(
  path: string,
  rows: ScoreLine[],
  fields: Partial<RunIdentity> = {},
  complete = true,
): Promise<void> {
  await using directory = await open(fields, path);
  await directory.commit(rows);
  await directory.writeSummary(timings, complete);
}

describe('a run directory', () => {
  it('goes on behind the last row, records each start, and ends like an undisturbed run', async () => {
    await using first = await open();
    expect([first.rows, first.lastIndex]).toEqual([0, null]);
    await first.commit(lines(0, 10));
    await first.log({ level: 'warn', message: 'row 3 is too long' });
    await first.close();
    await using second = await open();
    expect([second.rows, second.lastIndex]).toEqual([10, 9]);
    await second.commit(lines(10, 25));
    await second.writeSummary(timings, true);
    await second.close();

    await write(join(root, 'whole'), lines(0, 25));
    expect(text('scores.jsonl')).toBe(text('scores.jsonl', join(root, 'whole')));
    expect(text('summary.json')).toBe(text('summary.json', join(root, 'whole')));
    const manifest = await readManifest(run);
    expect(manifest.identity).toEqual(identity);
    expect(manifest.starts.map(({ pid, resumed_rows }) => [pid, resumed_rows])).toEqual([
      [process.pid, 0],
      [process.pid, 10],
    ]);
    expect(JSON.parse(text('log.jsonl'))).toMatchObject({ level: 'warn', message: 'row 3 is too long' });
    expect(readdirSync(run).sort()).toEqual(['log.jsonl', 'manifest.json', 'scores.jsonl', 'summary.json']);
  });

  it('sums up counts by reason and means over scored rows', async () => {
    await write(run, [line(0), line(1), line(2), line(3), line(10, { reason: 'empty_response' })]);
    expect(await readSummary(run)).toEqual({
      rows: 5,
      outcomes: 5,
      scored: 3,
      unscored: 2,
      reasons: { empty_response: 1, too_long: 1 },
      truncated: 2,
      meanIfd: (0.1 * 1 + 0.1 * 2 + 0.1 * 3) / 3,
      meanIcIfd: (1 / 3 + 1 / 6 + 1 / 9) / 3,
      tokens: 100,
      complete: true,
      ...timings,
    });
  });

  it('reads back what was written, without what is being written', async () => {
    await write(run, lines(0, 5000));
    appendFileSync(join(run, 'scores.jsonl'), '{"index":5000,"sta');
    const read: ScoreLine[] = [];
    for await (const score of readScores(run)) read.push(score);
    expect(read).toEqual(lines(0, 5000));
  });

  it('cuts off a torn last line wherever it is torn', async () => {
    await write(run, lines(0, 3));
    const whole = readFileSync(join(run, 'scores.jsonl'));
    const second = whole.indexOf('\n', whole.indexOf('\n') + 1) + 1;
    for (let size = second; size < whole.length; size += 9) {
      writeFileSync(join(run, 'scores.jsonl'), whole.subarray(0, size));
      await using directory = await open();
      expect(directory.rows).toBe(2);
      expect(statSync(join(run, 'scores.jsonl')).size).toBe(second);
      await directory.commit([line(2)]);
      expect(readFileSync(join(run, 'scores.jsonl'))).toEqual(whole);
    }
  });

  it('redoes the last row where a row has a line for each turn', async () => {
    const all = [turns(0), turns(1), turns(4)].flat();
    await write(join(root, 'turns'), all, { turns: 'each' });
    const whole = text('scores.jsonl', join(root, 'turns'));
    await write(run, all.slice(0, 8), { turns: 'each' });
    await using directory = await open({ turns: 'each' });
    expect([directory.rows, directory.lastIndex]).toEqual([2, 1]);
    await directory.commit(turns(4));
    expect(text('scores.jsonl')).toBe(whole);
    expect(directory.summary).toMatchObject({ rows: 3, outcomes: 9 });
  });

  it('takes lines in input order only, each once', async () => {
    await using directory = await open();
    await directory.commit([line(4), line(6)]);
    await expect(directory.commit([line(6)])).rejects.toThrow('row 6 has been committed already');
    await expect(directory.commit([line(5)])).rejects.toThrow('row 5 comes after row 6');
    await expect(directory.commit([line(8), line(7)])).rejects.toThrow('row 7 comes after row 8');
    const both = [directory.commit([line(9)]), directory.commit([line(10)])];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(directory.rows).toBe(3);
  });

  it('refuses another identity and says what differs', async () => {
    await write(run, lines(0, 2));
    expect(await failure(reopen({ recipe: 'aligned', dtype: 'bf16' }))).toBe(
      `run_mismatch: ${run} holds another run: recipe is "paper" there and "aligned" here; dtype is "f32" there and "bf16" here\n` +
        'give another `out`, or `force` to start over',
    );
    expect(await failure(reopen({ model: 'd'.repeat(64) }))).toContain(
      'model is "bbbbbbbbbbbb…" there and "dddddddddddd…" here',
    );
    const changed = { ...identity.data, files: [{ bytes: 11, sha256: 'e'.repeat(64) }] };
    expect(await failure(reopen({ data: changed }))).toContain('holds another run: the data have changed');
    expect(await failure(reopen({ shard: { index: 1, count: 2 } }))).toContain(
      'shard is null there and {"index":1,"count":2} here',
    );
    expect(await failure(reopen({ columns: { output: 'output', instruction: 'instruction' } }))).toBe('no error');
    rmSync(join(run, 'manifest.json'));
    expect(await failure(reopen())).toContain('run_mismatch: ');
  });

  it('starts over with force', async () => {
    await write(run, lines(0, 2));
    await using directory = await open({ recipe: 'aligned' }, run, true);
    expect(directory.rows).toBe(0);
    expect(text('scores.jsonl')).toBe('');
    expect(existsSync(join(run, 'summary.json'))).toBe(false);
    expect((await readManifest(run)).starts).toHaveLength(1);
  });

  it('names what is damaged', async () => {
    await write(run, lines(0, 4));
    const whole = text('scores.jsonl').split('\n');
    writeFileSync(join(run, 'scores.jsonl'), [whole[0], '{"index":1', ...whole.slice(2)].join('\n'));
    expect(await failure(reopen())).toBe(
      `bad_data: ${join(run, 'scores.jsonl')} line 2 is damaged; start the run over with \`force\``,
    );
    truncateSync(join(run, 'manifest.json'), 20);
    expect(await failure(reopen())).toContain('manifest.json is not valid JSON');
    expect(await failure(readManifest(root))).toContain('is no run: it holds no manifest.json');
    writeFileSync(join(root, 'file'), '');
    expect(await failure(reopen({}, join(root, 'file')))).toMatch(/^bad_argument: .*file can't be written/);
  });
});

/** A process that opens the run, says so, and commits rows up to `to` in windows of 7, going on where the run stands. */
function writer(to: number): ChildProcess {
  const script = `
    import { ScoredRun } from ${JSON.stringify(join(import.meta.dirname, '../../dist/runs/scored-run.js'))};
    const line = ${line.toString()};
    const options = ${JSON.stringify({ identity, start })};
    const run = await ScoredRun.open(${JSON.stringify(run)}, options).catch((error) => {
      console.error(error.code + ': ' + error.message);
      process.exit(1);
    });
    process.stdout.write('open\\n');
    for (let row = (run.lastIndex ?? -1) + 1; row < ${to}; row += 7) {
      await run.commit(Array.from({ length: Math.min(7, ${to} - row) }, (_, i) => line(row + i)));
      await run.log({ row });
    }
    await run.writeSummary(${JSON.stringify(timings)}, true);
    await run.close();`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

describe('processes', () => {
  it('killed at random moments and started again end with the bytes of one that was not', async () => {
    const rows = 3000;
    await write(join(root, 'undisturbed'), lines(0, rows));
    let kills = 0;
    const random = printedRandom('moments of kill -9');
    for (;;) {
      const child = writer(rows);
      const end = ended(child);
      await once(child.stdout!, 'data');
      const timer = kills < 10 ? setTimeout(() => child.kill('SIGKILL'), random() * 25) : undefined;
      const { code, stderr } = await end;
      clearTimeout(timer);
      expect(stderr).toBe('');
      if (code === 0) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(2);
    expect(text('scores.jsonl')).toBe(text('scores.jsonl', join(root, 'undisturbed')));
    expect(text('summary.json')).toBe(text('summary.json', join(root, 'undisturbed')));
    for (const entry of text('log.jsonl').trim().split('\n')) JSON.parse(entry);
    expect((await readManifest(run)).starts).toHaveLength(kills + 1);
  });

  it('do not share a run: the second refuses, and may have it once the first is gone', async () => {
    await using directory = await open();
    const refused = await ended(writer(10));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe(
      `run_busy: ${run} is in use by process ${process.pid} on ${hostname()}; wait for it, or give another directory with \`out\`\n`,
    );
    expect(await failure(open())).toContain('run_busy: ');
    expect(await failure(open({}, run, true))).toContain('run_busy: ');
    await directory.close();
    expect((await ended(writer(10))).code).toBe(0);
  });

  it('that race for a lock left by a killed one: one wins', async () => {
    const child = writer(1_000_000);
    const end = ended(child);
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await end;
    expect(existsSync(join(run, 'lock'))).toBe(true);
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => open()));
    const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    await winners[0]!.value.close();
    expect(readdirSync(run).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it.each([
    ['a process number that another process has now', { pid: process.pid, started: 1 }, 0, true],
    ['a process before the machine was started again', { boot: 'another' }, 0, true],
    ['a process elsewhere that was heard of just now', { host: 'elsewhere' }, 5, false],
    ['a process in another container, silent for a minute', { pid_namespace: 'pid:[1]' }, 60, true],
  ])('a lock of %s', async (_name, holder, silentSeconds, free) => {
    const own = await open();
    const current = JSON.parse(text('lock')) as object;
    await own.close();
    writeFileSync(join(run, 'lock'), JSON.stringify({ ...current, ...holder }));
    const heard = Date.now() / 1000 - silentSeconds;
    utimesSync(join(run, 'lock'), heard, heard);
    expect(await failure(reopen())).toMatch(free ? /^no error$/ : /^run_busy: .*on elsewhere/);
  });

  it('stop when the directory is taken from them', async () => {
    await using directory = await open();
    rmSync(join(run, 'lock'));
    await using other = await open();
    expect(await failure(directory.commit([line(0)]))).toContain('run_busy: ');
    await directory.close();
    await other.commit([line(0)]);
    expect(text('scores.jsonl').split('\n')).toHaveLength(2);
  });
});

const mayMount = process.getuid?.() === 0 && process.platform === 'linux';
describe.skipIf(!mayMount)(`a full disk${mayMount ? '' : ' (skipped: only root may mount a small tmpfs)'}`, () => {
  let disk: string;
  beforeEach(() => {
    disk = join(root, 'disk');
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    return () => {
      execFileSync('umount', [disk]);
    };
  });

  it('is an error that keeps what was committed; with space again the run goes on', async () => {
    const path = join(disk, 'run');
    await using directory = await open({}, path);
    let committed = 0;
    const filling = async (): Promise<void> => {
      for (; committed < 10_000; committed += 20) await directory.commit(lines(committed, committed + 20));
    };
    expect(await failure(filling())).toBe(
      `disk_full: ${join(path, 'scores.jsonl')}: no space left on its disk; what was written before is safe; ` +
        'free some and give the same command again',
    );
    expect(committed).toBeGreaterThan(20);
    expect(directory.rows).toBe(committed);
    expect(text('scores.jsonl', path).trimEnd().split('\n')).toHaveLength(committed);
    await directory.close();

    writeFileSync(join(disk, 'filler'), '');
    const block = Buffer.alloc(4096);
    expect(() => {
      for (;;) appendFileSync(join(disk, 'filler'), block);
    }).toThrow('ENOSPC');
    expect(await failure(open({}, path))).toContain('disk_full: ');
    execFileSync('mount', ['-o', 'remount,size=1m', disk]);
    await using again = await open({}, path);
    expect(again.rows).toBe(committed);
    await again.commit(lines(committed, committed + 100));
    expect(again.rows).toBe(committed + 100);
  });
});

const shard = (index: number, count = 3): Partial<RunIdentity> => ({
  shard: { index, count },
  data: { ...identity.data, rows: shardRange(20, { index, count }) },
});

async function writeShards(): Promise<string[]> {
  const paths = [1, 2, 3].map((index) => join(run, String(index)));
  for (const [i, path] of paths.entries()) {
    await write(path, lines(...shardRange(20, { index: i + 1, count: 3 })), shard(i + 1));
  }
  return paths;
}

describe('shards', () => {
  it('cover all rows, each once', () => {
    for (const [rows, count] of [
      [20, 3],
      [2, 5],
      [0, 2],
      [7, 7],
      [1e9 + 7, 64],
    ] as const) {
      const ranges = Array.from({ length: count }, (_, i) => shardRange(rows, { index: i + 1, count }));
      expect(ranges[0]?.[0]).toBe(0);
      expect(ranges.at(-1)?.[1]).toBe(rows);
      for (const [i, [from, to]] of ranges.entries()) {
        if (i > 0) expect(from).toBe(ranges[i - 1]?.[1]);
        expect(Math.abs(to - from - rows / count)).toBeLessThan(1);
      }
    }
    expect(parseShard('2/4')).toEqual({ index: 2, count: 4 });
    for (const wrong of ['0/4', '5/4', '1', 'a/b', '1/0']) {
      expect(() => parseShard(wrong)).toThrow('should be I/N with I from 1 to N');
    }
  });

  it('merge into what one run would have been', async () => {
    const paths = await writeShards();
    await write(join(run, 'whole'), lines(0, 20));
    const out = join(run, 'merged');
    const report = await mergeRuns([paths[2]!, paths[0]!, paths[1]!], out);
    expect(text('scores.jsonl', out)).toBe(text('scores.jsonl', join(run, 'whole')));
    expect(report).toEqual({
      ...(await readSummary(join(run, 'whole'))),
      seconds: 6,
      rowsS: 20 / 6,
      tokensS: 400 / 6,
      stages: { engine: 3 },
    });
    expect(await readSummary(out)).toEqual(report);
    expect((await readManifest(out)).identity).toEqual(identity);
    // A merge that was cut short goes on.
    truncateSync(join(out, 'scores.jsonl'), 2000);
    await mergeRuns(paths, out);
    expect(text('scores.jsonl', out)).toBe(text('scores.jsonl', join(run, 'whole')));
  });

  it('do not merge where one is missing, doubled, unfinished or of another run', async () => {
    const [one, two, three] = (await writeShards()) as [string, string, string];
    const merge = (...paths: string[]): Promise<string> => failure(mergeRuns(paths, join(run, 'merged')));
    expect(await merge(one, three)).toBe('bad_data: shard 2/3 is missing; name the run of each shard once');
    expect(await merge(one, two, two, three)).toContain('shard 2/3 is given 2 times');
    await write(join(run, 'whole'), lines(0, 20));
    expect(await merge(join(run, 'whole'))).toContain('is no shard');
    await write(join(run, 'part'), lines(6, 8), shard(2), false);
    expect(await merge(one, join(run, 'part'), three)).toContain('part is not complete; give its command again');
    await write(join(run, 'other'), lines(6, 13), { ...shard(2), dtype: 'bf16' });
    expect(await merge(one, join(run, 'other'), three)).toContain(
      'other are not shards of one run: dtype is "f32" there and "bf16" here',
    );
    await write(join(run, 'fourth'), lines(5, 10), shard(2, 4));
    expect(await merge(one, join(run, 'fourth'), three)).toContain('shard is of 3 there and of 4 here');
    expect(await merge()).toContain('no runs to merge');
    expect(existsSync(join(run, 'merged'))).toBe(false);
  });
});

describe("the step of a GPU's run", () => {
  const cuda = (step_tokens?: number): Partial<RunIdentity> => ({
    device: 'cuda',
    matmul: 'cublaslt 13.0.2',
    dtype: 'bf16',
    ...(step_tokens !== undefined && { step_tokens }),
  });
  const shardsOf = async (...steps: (number | undefined)[]): Promise<string[]> => {
    const paths = steps.map((_, number) => join(run, `step-${number + 1}`));
    for (const [number, path] of paths.entries()) {
      const rows = shardRange(20, { index: number + 1, count: 3 });
      await write(path, lines(...rows), { ...shard(number + 1), ...cuda(steps[number]) });
    }
    return paths;
  };

  it('is the same in every start', async () => {
    const path = join(run, 'steps');
    await write(path, lines(0, 5), cuda(4_224), false);
    expect(await failure(open(cuda(8_448), path))).toBe(
      `run_mismatch: ${path} holds another run: step_tokens is 4224 there and 8448 here\n` +
        'give another `out`, or `force` to start over',
    );
    await using again = await open(cuda(4_224), path);
    expect(again.rows).toBe(5);
  });

  it('becomes that of the first start to go on with a run of an earlier version', async () => {
    const path = join(run, 'earlier-version');
    await write(path, lines(0, 5), cuda(), false);
    await (await open(cuda(4_224), path)).close();
    expect((await readManifest(path)).identity).toEqual({ ...identity, ...cuda(4_224) });
    expect(await failure(open(cuda(8_448), path))).toContain('step_tokens is 4224 there and 8448 here');
  });

  it('is the same in all shards that are merged', async () => {
    const out = join(run, 'merged-steps');
    await mergeRuns(await shardsOf(4_224, 4_224, 4_224), out);
    expect((await readManifest(out)).identity).toEqual({ ...identity, ...cuda(4_224) });
  });

  it.each([
    [4_224, 4_224, 8_448],
    [undefined, 4_224, 8_448],
  ])('keeps shards of steps %s, %s and %s apart', async (...steps) => {
    const out = join(run, 'not-merged');
    expect(await failure(mergeRuns(await shardsOf(...steps), out))).toContain(
      'step-3 are not shards of one run: step_tokens is 4224 there and 8448 here',
    );
    expect(existsSync(out)).toBe(false);
  });

  it('keeps scores from being reused with another', async () => {
    const path = join(run, 'reused');
    await write(path, lines(0, 5), cuda(4_224));
    const reuse = (step: number) => openReusedScores(path, { ...identity, ...cuda(step) });
    expect(await failure(reuse(8_448))).toContain(
      'its scores were made otherwise: step_tokens is 4224 there and 8448 here',
    );
    await using known = await reuse(4_224);
    for (const row of [0, 4]) expect(await known.find(line(row).hash!)).toEqual([line(row)]);
    expect(await known.find(line(5).hash!)).toBeNull();
  });
});

describe('reuse', () => {
  it('finds the lines of the same content, whatever the data were', async () => {
    const two = [0, 1].map((turn) => line(5001, { turn, hash: 'f'.repeat(32) }));
    const failed = line(5002, { status: 'unscored', reason: 'worker_failed' });
    await write(run, [...lines(0, 5000), line(5000, { hash: null }), ...two, failed]);
    const other = { data: { ...identity.data, files: [] }, format: 'messages', shard: { index: 1, count: 2 } } as const;
    await using index = await openReusedScores(run, { ...identity, ...other });
    for (let row = 0; row < 5000; row++) expect(await index.find(line(row).hash!)).toEqual([line(row)]);
    expect(await index.find('f'.repeat(32))).toEqual(two);
    expect(await index.find(failed.hash!)).toBe(null);
    expect(await index.find(`${'0'.repeat(16)}${'1'.repeat(16)}`)).toBe(null);
    expect(await failure(openReusedScores(run, { ...identity, recipe: 'cherry' }))).toBe(
      `run_mismatch: \`reuse\` ${run}: its scores were made otherwise: recipe is "paper" there and "cherry" here`,
    );
  });
});
