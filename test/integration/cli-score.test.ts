import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RUN_FILES } from '../../src/runs/read-run.js';
import { runCli } from '../support/run-cli.js';
import { fixture } from '../support/fixtures.js';

// On a busy machine a run of this size takes half a minute.
vi.setConfig({ testTimeout: 300_000 });

const BUNDLED_ROWS = join(import.meta.dirname, '../../bench/data/gsm8k-60.jsonl');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-cli-'));
});

const scoresOf = (run: string): Promise<string> => readFile(join(run, 'scores.jsonl'), 'utf8');
const linesIn = async (run: string): Promise<number> => (await scoresOf(run).catch(() => '')).split('\n').length - 1;

async function rowsFile(count: number): Promise<string> {
  const lines = (await readFile(fixture('rows/gsm8k-test.jsonl'), 'utf8')).split('\n').slice(0, count);
  const path = join(folder, 'rows.jsonl');
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

describe('evosift score', () => {
  it('scores real rows as the published script does with the same model, and prints what it did', async () => {
    const golden = (await readFile(fixture('goldens/pocket/evolution-analysis.gsm8k-100.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const rows = join(folder, 'rows.json');
    await writeFile(
      rows,
      JSON.stringify(golden.map(({ instruction, input, output }) => ({ instruction, input, output }))),
    );
    const out = join(folder, 'run');
    const { code, stdout, stderr } = await runCli(['score', rows, '-m', 'pocket', '--dtype', 'f32', '-o', out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/run: 100 rows, 100 scored\nmean ifd 0\.\d+, mean ic_ifd 0\.\d+; .* tokens\/s\n$/);
    expect(stderr).toContain('pocket is for trying out');
    const lines = (await scoresOf(out)).trim().split('\n');
    expect(lines).toHaveLength(100);
    for (const [number, line] of lines.entries()) {
      const scored = JSON.parse(line);
      for (const field of ['loss_q', 'loss_a_given_q', 'loss_a', 'ifd', 'ic_ifd']) {
        expect(Math.abs(scored[field] - golden[number][field])).toBeLessThan(2e-4);
      }
    }
  });

  it('goes on after kill -9 at any moment, to the bytes of an undisturbed run', async () => {
    const rows = await rowsFile(320);
    const args = ['score', rows, '-m', 'pocket', '--dtype', 'f32', '--quiet', '--batch-tokens', '2048', '-o'];
    const whole = join(folder, 'whole');
    expect((await runCli([...args, whole])).code).toBe(0);

    const out = join(folder, 'killed');
    for (const enough of [0, 1, 128]) {
      const { signal } = await runCli([...args, out], {
        started: (child) =>
          void killWhen(
            async () => (await linesIn(out)) >= enough,
            () => child.kill('SIGKILL'),
          ),
      });
      expect(signal).toBe('SIGKILL');
    }
    expect(await linesIn(out)).toBeGreaterThanOrEqual(128);
    expect((await runCli([...args, out])).code).toBe(0);
    expect(await scoresOf(out)).toBe(await scoresOf(whole));
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends cleanly on %s with exit code %i, and the same command goes on', async (name, expected) => {
    const rows = await rowsFile(240);
    const out = join(folder, 'run');
    const args = ['score', rows, '-m', 'pocket', '--dtype', 'f32', '--batch-tokens', '2048', '-o', out];
    const stopped = await runCli(args, {
      started: (child) =>
        void killWhen(
          async () => (await linesIn(out)) > 0,
          () => child.kill(name),
        ),
    });
    expect(stopped.code).toBe(expected);
    expect(stopped.stderr).toContain('The same command goes on');
    const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ complete: false, rows: await linesIn(out) });
    const { code, stdout } = await runCli([...args, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 240, complete: true, out });
  });

  it('refuses to share a run directory with another process', async () => {
    const rows = await rowsFile(160);
    const out = join(folder, 'run');
    const args = ['score', rows, '-m', 'pocket', '--dtype', 'f32', '--quiet', '-o', out];
    let second: Promise<unknown> | null = null;
    const first = await runCli(args, {
      started: (child) =>
        void killWhen(
          async () => existsSync(join(out, RUN_FILES.lock)),
          () => {
            // Held, or it could be done before the second one has begun.
            child.kill('SIGSTOP');
            second = runCli(args).finally(() => child.kill('SIGCONT'));
          },
        ),
    });
    expect(await second).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by process') });
    expect(first.code).toBe(0);
    expect(await linesIn(out)).toBe(160);
  });

  it('ends well on a shard without rows, which merge takes', { timeout: 120_000 }, async () => {
    const rows = await rowsFile(2);
    const shard = (n: number): string => join(folder, `shard-${n}`);
    const ended = await Promise.all(
      [1, 2, 3].map((n) => runCli(['score', rows, '-m', 'pocket', '--shard', `${n}/3`, '-o', shard(n)])),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(ended[0]!.stdout).toBe(
      `${shard(1)}: no rows: there are more shards than rows. merge takes it all the same\n`,
    );
    const merged = await runCli(['merge', shard(1), shard(2), shard(3), '-o', join(folder, 'whole')]);
    expect(merged).toMatchObject({ code: 0, stderr: expect.stringContaining('3 shards joined') });
  });

  it('exits with 1 where no row, or too few, have a score', async () => {
    const rows = join(folder, 'rows.jsonl');
    const good = JSON.stringify({ instruction: 'Say a colour please', output: 'red or blue or green' });
    await writeFile(rows, `${good}\n${JSON.stringify({ instruction: 'Say nothing', output: '' })}\n`);
    const score = (...more: string[]) =>
      runCli(['score', rows, '-m', 'pocket', '-o', join(folder, more.join('')), ...more]);
    expect((await score()).code).toBe(0);
    expect((await score('--max-unscored', '50%')).code).toBe(0);
    expect((await score('--max-unscored', '49%')).code).toBe(1);
    const strict = await score('--strict');
    expect(strict.code).toBe(1);
    expect(strict.stderr).toContain('Row 1 has no score (empty_response)');
    await writeFile(rows, `${JSON.stringify({ instruction: 'Say nothing', output: '' })}\n`);
    const none = await runCli(['score', rows, '-m', 'pocket', '-o', join(folder, 'none')]);
    expect(none.code).toBe(1);
    expect(none.stdout).toContain('1 without a score (empty_response 1)');
  });

  it('names its run by what it is about, and finds it again', async () => {
    const rows = await rowsFile(20);
    const first = await runCli(['score', rows, '-m', 'pocket', '--limit', '5', '--json'], { cwd: folder });
    const again = await runCli(['score', rows, '-m', 'pocket', '--json'], { cwd: folder });
    const { out } = JSON.parse(first.stdout);
    expect(out).toMatch(/^runs\/rows-pocket-paper-(bf16|f32)-[0-9a-f]{8}$/);
    expect(JSON.parse(again.stdout)).toMatchObject({ out, rows: 20, complete: true });
    const other = await runCli(['score', rows, '-m', 'pocket', '--json', '--turns', 'last'], { cwd: folder });
    expect(JSON.parse(other.stdout).out).not.toBe(out);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['score', 'rows.jsonl'], 2, /Name a model with -m: .*pocket/],
    [['score', 'rows.jsonl', '-m', 'pocket', '--recipe', 'papers'], 2, /Allowed choices are paper,/],
    [['score', 'rows.jsonl', '-m', 'pocket', '--limit', '0'], 2, /an integer of at least 1/],
    [['score', 'rows.jsonl', '-m', 'pocket', '--shard', '0/2'], 2, /shard 0\/2/],
    [['score', 'rows.jsonl', '-m', 'pocket', '--from', 'runs/a'], 2, /^--from and --top go together: --from names/],
    [['score', '-m', 'pocket'], 2, /^DATA is missing: name files/],
    [['score', 'missing.jsonl', '-m', './nowhere'], 1, /^missing\.jsonl: there is no such file/],
    [['score', BUNDLED_ROWS, '-m', './nowhere', '--reuse', 'runs/a'], 1, /^runs\/a is no run/],
    [['score', '-m', './nowhere', '--from', 'runs/a', '--top', '9'], 1, /^runs\/a is no run/],
    [['score', BUNDLED_ROWS, '-m', './nowhere'], 1, /no model directory/],
    [['nll', '-m', 'pocket'], 2, /either --ids FILE or --text FILE/],
    [['scroe'], 2, /Did you mean score/],
    [[], 2, /^Usage: evosift/],
  ])('%j exits with %i and says why in a line or two', async (args, expected, message) => {
    const { code, stderr } = await runCli(args, { cwd: folder });
    expect(code).toBe(expected);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

async function killWhen(ready: () => Promise<boolean>, kill: () => unknown): Promise<void> {
  for (let tries = 0; tries < 5_000 && !(await ready()); tries++) await delay(5);
  kill();
}

describe("the step of a GPU's run", () => {
  const score = (out: string, ...more: string[]) =>
    runCli(['score', BUNDLED_ROWS, '-m', 'pocket', '--limit', '2', '--quiet', '-o', out, ...more]);

  it('is in no manifest of the CPU, and leaves the refusal of another device as it is', async () => {
    const out = join(folder, 'run');
    expect((await score(out, '--device', 'cpu')).code).toBe(0);
    const path = join(out, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    expect(manifest.identity).not.toHaveProperty('step_tokens');

    const identity = { ...manifest.identity, device: 'cuda', step_tokens: 4_224 };
    await writeFile(path, JSON.stringify({ ...manifest, identity }));
    const refused = await score(out, '--device', 'cpu');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('run holds another run: device is "cuda" there and "cpu" here\n');
    expect(JSON.parse(await readFile(path, 'utf8')).identity).toEqual(identity);
  });

  it.each([
    ['100', 'cuda', 'It must be a multiple of 128 from 128 to 1048576.'],
    ['128', 'cpu', '--step-tokens is for a GPU, and --device is "cpu"'],
  ])('cannot be %s on %s', async (step, device, message) => {
    const { code, stderr } = await score(join(folder, 'none'), '--step-tokens', step, '--device', device);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
