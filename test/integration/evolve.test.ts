import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allFiles, datasetOf, journalLines, lineageOf, resultOf, seedFolder, summaryOf } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli, withoutProgress } from '../support/run-cli.js';

const ROWS = 12;

describe('evosift evolve', { timeout: 120_000 }, () => {
  let llm: LoopbackLlm;
  beforeAll(async () => {
    llm = await LoopbackLlm.start();
  });
  afterAll(async () => {
    await llm.stop();
  });

  const received = async (): Promise<number> => (await llm.stats()).received;

  it('evolves every row for every round, and answers what survived', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const run = join(folder, 'run');
    const before = await received();
    const args = ['evolve', data, '--llm', llm.spec, '--rounds', '2', '--respond', '-o', run];
    const { code, stdout, stderr } = await runCli(args);
    expect(withoutProgress(stderr)).toBe('');
    expect(code).toBe(0);
    const lineage = lineageOf(run);
    const survived = lineage.filter(({ status }) => status === 'survived');
    expect(lineage.filter(({ status }) => status === 'seed')).toHaveLength(ROWS);
    expect(survived).toHaveLength(2 * ROWS);
    expect(survived.slice(0, 2).map(({ id, parent, op }) => ({ id, parent, op }))).toEqual([
      { id: '0.0.1.0', parent: '0', op: 'deepening' },
      { id: '0.0.2.0', parent: '0.0.1.0', op: 'concretising' },
    ]);
    const rows = datasetOf(run);
    expect(rows.map(({ id }) => id)).toEqual(survived.map(({ id }) => id));
    expect(rows.every(({ output }) => output !== '')).toBe(true);
    expect(rows[1]).toMatchObject({ lineage: '0', round: 2, evosift: { op: 'concretising', parent: '0.0.1.0' } });
    const attempts = lineage.length - ROWS;
    expect(await received()).toBe(before + attempts + survived.length);
    const summary = summaryOf(run);
    expect(summary).toMatchObject({ complete: true, total: { in: attempts, out: 2 * ROWS, responses: 2 * ROWS } });
    expect(summary.start.requests).toBe(attempts + survived.length);
    expect(stdout).toContain(`${run}: ${ROWS} seeds, ${2 * ROWS} versions`);

    const result = await resultOf(run);
    const again = await runCli(args);
    expect(again.code).toBe(0);
    expect(await received()).toBe(before + attempts + survived.length);
    expect(await resultOf(run)).toEqual(result);
  });

  it('replays from its journal to the same bytes, without a server', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const [run, replayed] = [join(folder, 'run'), join(folder, 'replayed')];
    const options = ['--rounds', '2', '--respond', '--breadth', 'add', '--schedule', 'random', '--seed', '3'];
    expect((await runCli(['evolve', data, '--llm', llm.spec, ...options, '-o', run])).code).toBe(0);
    const before = await received();
    const spec = `replay:${join(run, 'journal.jsonl')}`;
    const { code, stderr } = await runCli(['evolve', data, '--llm', spec, ...options, '-o', replayed]);
    expect(withoutProgress(stderr)).toBe('');
    expect(code).toBe(0);
    expect(await received()).toBe(before);
    expect(await resultOf(replayed)).toEqual(await resultOf(run));

    const missed = await runCli([
      'evolve',
      data,
      '--llm',
      spec,
      ...options,
      '--rounds',
      '3',
      '-o',
      join(folder, 'more'),
    ]);
    expect(missed.code).toBe(1);
    expect(missed.stderr).toMatch(/3\./);
  });

  it('goes on where rounds are raised, as if they had been asked for at once', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const [grown, whole] = [join(folder, 'grown'), join(folder, 'whole')];
    const args = ['evolve', data, '--llm', llm.spec, '--respond', '--rounds'];
    expect((await runCli([...args, '1', '-o', grown])).code).toBe(0);
    const journaled = journalLines(grown);
    const before = await received();
    expect((await runCli([...args, '3', '-o', grown])).code).toBe(0);
    expect(await received()).toBe(before + journalLines(grown) - journaled);
    expect((await runCli([...args, '3', '-o', whole])).code).toBe(0);
    expect(await resultOf(grown)).toEqual(await resultOf(whole));
  });

  it('refuses a directory that holds another run, and says what differs', async () => {
    const { folder, data } = await seedFolder(3);
    const run = join(folder, 'run');
    expect((await runCli(['evolve', data, '--llm', llm.spec, '-o', run])).code).toBe(0);
    const other = await runCli(['evolve', data, '--llm', llm.spec, '--eliminate', 'none', '-o', run]);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('eliminate is "strict" there and "none" here');
    const forced = await runCli(['evolve', data, '--llm', llm.spec, '--eliminate', 'none', '-o', run, '--force']);
    expect(forced.code).toBe(0);
  });

  it('lets one process at a time into a run', async () => {
    await using slow = await LoopbackLlm.start({ latency: 1500 });
    const { folder, data } = await seedFolder(4);
    const run = join(folder, 'run');
    const args = ['evolve', data, '--llm', slow.spec, '-o', run];
    const first = runCli(args);
    while ((await slow.stats()).received === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await runCli(args);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('is in use by process');
    expect((await first).code).toBe(0);
  });

  it('stops at a budget with what is done, and goes on with the same command', async () => {
    const { folder, data } = await seedFolder(ROWS);
    const [run, whole] = [join(folder, 'run'), join(folder, 'whole')];
    const args = ['evolve', data, '--llm', llm.spec, '--rounds', '2'];
    const stopped = await runCli([...args, '-o', run, '--budget-requests', '10']);
    expect(stopped.code).toBe(3);
    expect(stopped.stderr).toContain(`${run} keeps what is done, and the same command goes on.`);
    expect(journalLines(run)).toBe(10);
    expect(summaryOf(run)).toMatchObject({ complete: false, total: { in: expect.any(Number) } });
    expect(summaryOf(run).total.in).toBeGreaterThan(0);
    expect((await runCli([...args, '-o', run])).code).toBe(0);
    expect((await runCli([...args, '-o', whole])).code).toBe(0);
    expect(await resultOf(run)).toEqual(await resultOf(whole));
  });

  it('stops with 3 where nobody answers, and says where it asked', async () => {
    const { folder, data } = await seedFolder(30);
    const run = join(folder, 'run');
    const { code, stderr } = await runCli(['evolve', data, '--llm', 'openai:m@http://127.0.0.1:9/v1', '-o', run]);
    expect(code).toBe(3);
    expect(stderr).toContain('127.0.0.1:9');
  });

  it('ends cleanly on Ctrl-C and goes on', async () => {
    await using slow = await LoopbackLlm.start({ latency: 100 });
    const { folder, data } = await seedFolder(40);
    const [run, whole] = [join(folder, 'run'), join(folder, 'whole')];
    const args = ['evolve', data, '--llm', slow.spec, '--concurrency', '4', '-o'];
    const interrupted = await runCli([...args, run], {
      started: (child) =>
        void (async () => {
          while ((await slow.stats()).answered < 8) await new Promise((resolve) => setTimeout(resolve, 20));
          child.kill('SIGINT');
        })(),
    });
    expect(interrupted.code).toBe(130);
    expect(summaryOf(run).complete).toBe(false);
    expect(lineageOf(run).length).toBeGreaterThan(0);
    await slow.set({ latency: 0 });
    expect((await runCli([...args, run])).code).toBe(0);
    expect((await runCli([...args, whole])).code).toBe(0);
    expect(await resultOf(run)).toEqual(await resultOf(whole));
  });

  it('evolves the same seeds side by side with several generators', async () => {
    const { folder, data } = await seedFolder(4);
    const run = join(folder, 'run');
    const specs = [`openai:small@${llm.baseUrl}`, `openai:large@${llm.baseUrl}`];
    expect((await runCli(['evolve', data, '--llm', ...specs, '-o', run])).code).toBe(0);
    expect(datasetOf(run).map(({ id }) => id)).toEqual(
      [0, 1, 2, 3].flatMap((seed) => [`${seed}.0.1.0`, `${seed}.1.1.0`]),
    );
    expect(Object.keys(summaryOf(run).generators)).toHaveLength(2);
  });

  it('takes what is no SPEC behind --llm and --respond for data', async () => {
    const { folder, data } = await seedFolder(2);
    const run = join(folder, 'run');
    expect((await runCli(['evolve', '--llm', llm.spec, '--respond', data, '-o', run])).code).toBe(0);
    expect(datasetOf(run).filter(({ output }) => output !== '')).toHaveLength(2);
    const again = await runCli(['evolve', '--respond', '--llm', llm.spec, data, '-o', run]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('0 requests') });
  });

  it('says of rows that are not evolved why', async () => {
    const { folder, data } = await seedFolder(2);
    const more = [
      { instruction: 'And then?', input: '', output: 'Go on.', history: [['Who are you?', 'A clerk.']] },
      { instruction: '  ', input: '', output: 'Nothing was asked.' },
      { instruction: {}, input: '', output: 'An object.' },
    ];
    await writeFile(data, `${await readFile(data, 'utf8')}${more.map((row) => JSON.stringify(row)).join('\n')}\n`);
    const run = join(folder, 'run');
    expect((await runCli(['evolve', data, '--llm', llm.spec, '-o', run])).code).toBe(0);
    expect(summaryOf(run).seeds).toMatchObject({
      in: 5,
      skipped: { empty_instruction: 1, malformed_row: 1 },
      ignored: { history: 1 },
    });
    expect(lineageOf(run).filter(({ status }) => status === 'skipped')).toHaveLength(2);
    expect(lineageOf(run).find(({ id }) => id === '2')).toMatchObject({ status: 'seed', instruction: 'And then?' });
  });

  it('takes the last question of a conversation, and its answer without the reasoning', async () => {
    const { folder } = await seedFolder(0);
    const data = join(folder, 'talk.jsonl');
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hi.' },
      { role: 'assistant', content: 'Hello.', weight: 0 },
      { role: 'user', content: 'Describe how a canal lock lifts a boat.' },
      { role: 'assistant', content: null, tool_calls: [{ function: { name: 'look_up', arguments: '{}' } }] },
      { role: 'tool', content: 'Gates, water.' },
      { role: 'assistant', content: '<think>\nShort.\n</think>\n\nIt fills with water.' },
    ];
    await writeFile(data, `${JSON.stringify({ messages, tools: [{ name: 'look_up' }] })}\n`);
    const run = join(folder, 'run');
    expect((await runCli(['evolve', data, '--llm', llm.spec, '-o', run])).code).toBe(0);
    const [seed, evolved] = lineageOf(run);
    expect(seed).toMatchObject({
      instruction: 'Describe how a canal lock lifts a boat.',
      response: 'It fills with water.',
      ignored: ['system', 'history', 'tools'],
    });
    expect(evolved?.status).toBe('survived');
    expect(summaryOf(run).seeds).toMatchObject({ ignored: { history: 1, system: 1, tools: 1 } });
  });

  it('takes instructions that have no answers', async () => {
    const { folder } = await seedFolder(0);
    const data = join(folder, 'bare.jsonl');
    await writeFile(data, `${JSON.stringify({ instruction: 'Describe how a canal lock lifts a boat.' })}\n`);
    const run = join(folder, 'run');
    expect((await runCli(['evolve', data, '--llm', llm.spec, '-o', run])).code).toBe(0);
    expect(datasetOf(run)).toHaveLength(1);
  });

  it('takes rows of standard input, keeps them in the run, and goes on without them', async () => {
    const { folder } = await seedFolder(0);
    const run = join(folder, 'run');
    const input = `${JSON.stringify({ instruction: 'Describe how a canal lock lifts a boat.' })}\n`;
    const args = ['evolve', '-', '--llm', llm.spec];
    expect((await runCli([...args, '-o', run], { input })).code).toBe(0);
    expect(datasetOf(run)).toHaveLength(1);
    expect((await runCli([...args, '-o', run, '--rounds', '2'])).code).toBe(0);
    expect(datasetOf(run)).toHaveLength(2);
    expect((await runCli([...args, '--dry-run', '-o', run], { input })).stdout).toContain('1 requests');
    expect((await runCli(args, { input })).stderr).toContain('standard input is kept in the run directory');
  });

  it('takes a last question that has no answer', async () => {
    const { folder } = await seedFolder(0);
    const data = join(folder, 'open.jsonl');
    const [first, second] = ['Name a river.', 'Describe how a canal lock lifts a boat.'].map((content) => ({
      role: 'user',
      content,
    }));
    const rows = [{ messages: [first, { role: 'assistant', content: 'The Nile.' }, second] }, { messages: [second] }];
    await writeFile(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const run = join(folder, 'run');
    expect((await runCli(['evolve', data, '--llm', llm.spec, '-o', run])).code).toBe(0);
    const seeds = lineageOf(run).filter(({ status }) => status === 'seed');
    expect(seeds.map(({ instruction, response }) => [instruction, response])).toEqual([
      [second!.content, null],
      [second!.content, null],
    ]);
  });

  it('shows with --dry-run what it would send, and sends nothing', async () => {
    const { folder, data } = await seedFolder(10);
    const run = join(folder, 'run');
    const before = await received();
    const args = ['evolve', data, '--llm', llm.spec, '--rounds', '2', '--respond', '-o', run, '--dry-run'];
    const { code, stdout } = await runCli([...args, '--price', '0.15,0.60']);
    expect(code).toBe(0);
    for (const operation of ['constraints', 'deepening', 'concretising', 'reasoning', 'respond']) {
      expect(stdout).toContain(`--- ${operation}, `);
    }
    expect(stdout).toContain('Explain how the Danube shapes the towns on its banks, part 0.');
    expect(stdout).toMatch(/^40 requests \(evolve 20, respond 20, optimise 0\).*cost \d/m);
    const json = JSON.parse((await runCli([...args, '--json'])).stdout);
    expect(json).toMatchObject({ requests: { evolve: 20, respond: 20, total: 40 }, cost: null });
    expect(await received()).toBe(before);
    expect(existsSync(run)).toBe(false);
  });

  it('keeps keys out of every file and message', async () => {
    const secret = 'sk-planted-5e1d0c7a99b3f2';
    await using locked = await LoopbackLlm.start({
      key: secret,
      faultShare: 0.5,
      faults: ['bad_request', 'server_error'],
    });
    const { folder, data } = await seedFolder(8);
    const run = join(folder, 'run');
    const spec = `openai:m@${locked.baseUrl}#PLANTED_KEY`;
    const given = await runCli(['evolve', data, '--llm', spec, '--respond', '-o', run, '--log-level', 'debug'], {
      env: { PLANTED_KEY: secret },
    });
    expect(given.code).toBe(0);
    await locked.set({ faultShare: 0 });
    const refused = await runCli(
      ['evolve', data, '--llm', spec, '--respond', '-o', `${run}-2`, '--log-level', 'debug'],
      {
        env: { PLANTED_KEY: `${secret}-wrong` },
      },
    );
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('401') });
    const files = await allFiles(folder);
    expect(files.size).toBeGreaterThan(6);
    for (const [path, bytes] of files) expect(bytes.includes(secret), path).toBe(false);
    for (const text of [given.stdout, given.stderr, refused.stdout, refused.stderr]) expect(text).not.toContain(secret);
  });

  it.each([
    [['--llm'], /argument missing/],
    [[], /Name a generator with --llm/],
    [['--llm', 'openai:m', '--best-of', '2'], /--best-of compares .* needs --score$/m],
    [['--llm', 'openai:m', '--score'], /Name a model with -m/],
    [['--llm', 'openai:m', '--optimise'], /need --method auto/],
    [['--llm', 'openai:m', '--price', '1,2'], /--price belongs to --dry-run/],
    [
      ['--llm', 'openai:m', '--temperature', '3'],
      /--temperature <t>' argument '3' is invalid. It must be a number from 0 to 2/,
    ],
  ])('refuses %j as wrong usage', async (args, message) => {
    const { data } = await seedFolder(1);
    const { code, stderr } = await runCli(['evolve', data, ...args], { env: { OPENAI_API_KEY: 'unused' } });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
