import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetOf, journalLines, lineageOf, resultOf, seedFolder, summaryOf } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';

const ROWS = 40;
const OPTIMISE = ['--method', 'auto', '--optimise', '--batch', '3', '--development', '12', '--candidates', '3'];
const answer = new URL('evolve-auto-answer.mjs', import.meta.url).href;

/** The files of `methods/` by their names. */
function methodsOf(run: string): Readonly<Record<string, string>> {
  const folder = join(run, 'methods');
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const trialsOf = (run: string) =>
  Object.entries(methodsOf(run))
    .filter(([name]) => name.endsWith('.json'))
    .map(([, text]) => JSON.parse(text));

describe('evosift evolve --method auto', { timeout: 240_000 }, () => {
  let llm: LoopbackLlm;
  beforeAll(async () => {
    llm = await LoopbackLlm.start({ answer });
  });
  afterAll(async () => {
    await llm.stop();
  });

  const evolveArgs = (data: string, run: string, ...more: string[]): string[] => [
    'evolve',
    data,
    '--llm',
    llm.spec,
    '--seed',
    '5',
    '--retries',
    '0',
    '-o',
    run,
    ...more,
  ];
  const received = async (): Promise<number> => (await llm.stats()).received;

  it('finds a better method, evolves by it, and does neither twice', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const [plain, run] = [join(folder, 'plain'), join(folder, 'run')];
    expect((await runCli(evolveArgs(data, plain, '--method', 'auto'))).code).toBe(0);
    const args = evolveArgs(data, run, ...OPTIMISE, '--steps', '3');
    const { code, stderr } = await runCli(args);
    expect(stderr).not.toContain('Warning');
    expect(code).toBe(0);

    expect(trialsOf(run).map(({ id, reason }) => `${id} ${reason}`)).toEqual([
      '0000-initial initial',
      '0001-step-1-candidate-1 no_improvement',
      '0002-step-1-candidate-2 not_best',
      '0003-step-1-candidate-3 improved',
      '0004-step-2-candidate-1 no_improvement',
      '0005-step-2-candidate-2 not_best',
      '0006-step-2-candidate-3 improved',
    ]);
    // 30 + 45 + 45: beyond 100 no row is left that fails, which ends it before the third step.
    expect(methodsOf(run)['best.txt']).toContain('Skill 120.');
    expect(trialsOf(run).at(-1).development).toMatchObject({ rows: 12, rate: 0, failures: {} });
    expect(new Set(lineageOf(run).map(({ op }) => op))).toEqual(new Set([null, 'auto']));
    expect(datasetOf(run)).toHaveLength(ROWS);
    expect(datasetOf(plain).length).toBeLessThan(ROWS / 2);

    const [sent, methods, result] = [await received(), methodsOf(run), await resultOf(run)];
    expect((await runCli(args)).code).toBe(0);
    expect(await received()).toBe(sent);
    expect(methodsOf(run)).toEqual(methods);
    expect(await resultOf(run)).toEqual(result);
  });

  it('replays offline to the same methods', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const [run, replayed] = [join(folder, 'run'), join(folder, 'replayed')];
    const options = [...OPTIMISE, '--steps', '2', '--seed', '5', '--retries', '0'];
    expect((await runCli(['evolve', data, '--llm', llm.spec, ...options, '-o', run])).code).toBe(0);
    const sent = await received();
    const replay = `replay:${join(run, 'journal.jsonl')}`;
    expect((await runCli(['evolve', data, '--llm', replay, ...options, '-o', replayed])).code).toBe(0);
    expect(await received()).toBe(sent);
    expect(methodsOf(replayed)).toEqual(methodsOf(run));
    expect(await resultOf(replayed)).toEqual(await resultOf(run));
  });

  it('goes on with its optimisation after a kill, sends no answered request again, and finds the same', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const [undisturbed, run] = [join(folder, 'undisturbed'), join(folder, 'run')];
    const options = [...OPTIMISE, '--steps', '2', '--concurrency', '4'];
    expect((await runCli(evolveArgs(data, undisturbed, ...options))).code).toBe(0);
    await using slow = await LoopbackLlm.start({ answer, latency: 40 });
    const args = evolveArgs(data, run, ...options).map((text) => (text === llm.spec ? slow.spec : text));
    const killLater = async (child: ChildProcess): Promise<void> => {
      const { received: before } = await slow.stats();
      while ((await slow.stats()).received < before + 30 && child.exitCode === null) await delay(10);
      child.kill('SIGKILL');
    };
    const kills: (NodeJS.Signals | null)[] = [];
    for (let kill = 0; kill < 3; kill++) {
      kills.push((await runCli(args, { started: (child) => void killLater(child) })).signal);
    }
    expect(kills).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    const journaled = journalLines(run);
    const { received: before } = await slow.stats();
    const { code } = await runCli(args);
    expect(code).toBe(0);
    // Of 30 requests and more before each kill four at most were in flight, and a few not written yet.
    expect(journaled).toBeGreaterThan(3 * 20);
    expect(methodsOf(run)).toEqual(methodsOf(undisturbed));
    expect(summaryOf(run).total).toEqual(summaryOf(undisturbed).total);
    // The last start sends what the journal lacks, and no more.
    const { received: after } = await slow.stats();
    expect(after - before).toBe(journalLines(run) - journaled);
  });

  it('evolves by the method of another run, and asks the optimiser nothing', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    expect((await runCli(evolveArgs(data, first, ...OPTIMISE, '--steps', '2'))).code).toBe(0);
    const sent = await received();
    const file = join(first, 'methods', 'best.txt');
    expect((await runCli(evolveArgs(data, second, '--method', 'auto', '--method-file', file))).code).toBe(0);
    expect(await received()).toBe(sent + ROWS);
    expect(datasetOf(second).map(({ instruction }) => instruction)).toEqual(
      datasetOf(first).map(({ instruction }) => instruction),
    );
  });

  it('measures methods by the IC-IFD of what they made, with the model that scores the run', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const run = join(folder, 'run');
    const objective = ['--objective', 'ic_ifd', '--score', '-m', 'pocket'];
    expect((await runCli(evolveArgs(data, run, ...OPTIMISE, '--steps', '1', ...objective))).code).toBe(0);
    const [initial, ...candidates] = trialsOf(run);
    expect(initial.development.scored).toBe(12);
    expect(initial.development.mean_ic_ifd).toBeGreaterThan(0);
    expect(candidates.map(({ reason }) => reason)).toEqual(['more_failures', 'no_improvement', 'improved']);
    // The second made fewer rows fail, and what it made has the lower IC-IFD.
    expect(candidates[1].development.rate).toBeLessThan(initial.development.rate);
    expect(candidates[1].development.mean_ic_ifd).toBeLessThan(initial.development.mean_ic_ifd);
    expect(candidates[2].development.mean_ic_ifd).toBeGreaterThan(initial.development.mean_ic_ifd);
    // A method of skill 75 evolves the rows whose number, times 37, ends below it.
    const evolved = Array.from({ length: ROWS }, (_, row) => row).filter((row) => (row * 37) % 100 < 75);
    expect(datasetOf(run).map(({ lineage }) => lineage)).toEqual(evolved.map(String));
    for (const { instruction } of datasetOf(run)) expect(instruction).toContain('Count the reasons');
  });

  it.each([
    [['--development', '38'], /needs 41 different rows \(38 to try methods on and a batch of 3\), and the data has 40/],
    [['--temperature', '0'], /Rewriting a method with temperature 0/],
    [['--objective', 'ic_ifd'], /the --objective ic_ifd compares scores; it needs --score$/m],
  ])('refuses %j before it sends anything', async (more, message) => {
    const { folder, data } = await seedFolder(ROWS);
    const sent = await received();
    const { code, stderr } = await runCli(evolveArgs(data, join(folder, 'run'), ...OPTIMISE, ...more));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(await received()).toBe(sent);
  });
});
