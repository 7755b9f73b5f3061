import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from '../../src/sandbox/index.js';
import {
  checkResponses,
  constraintId,
  functionId,
  readVerifiers,
  verify,
  type VerdictLine,
} from '../../src/verify/index.js';
import { fixture } from '../support/fixtures.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';

const PUBLISHED = fixture('autoif/back_trans.jsonl');
const NO_E = "Use no words containing the letter 'E'";
const IN_ORDER = 'Answer with words in alphabetical order';

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'evosift-verify-'));
async function dataOf(
  rows: readonly object[],
  name = 'rows.jsonl',
): Promise<{ folder: string; data: string; out: string }> {
  const folder = await newFolder();
  const data = join(folder, name);
  await writeFile(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { folder, data, out: join(folder, 'verdicts.jsonl') };
}
const verdictsOf = (path: string): VerdictLine[] => readJsonLines<VerdictLine>(path);
const codeOf = (body: string): string => `def evaluate(response):\n    ${body}`;
const verifierOf = (constraint: string, ...codes: readonly string[]) => ({
  id: constraintId(constraint),
  constraint,
  functions: codes.map((code) => ({ id: functionId(code), code, accuracy: null })),
});

describe('checkResponses', { timeout: 120_000 }, () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openSandbox({ caseTimeout: 0.5 });
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  it('gives the functions of the published constraints the accuracies that are published', async () => {
    const rows = readJsonLines<{ eval_func: [string, number][]; cases: [string, boolean][] }>(PUBLISHED);
    const verifiers = await readVerifiers(PUBLISHED);
    let compared = 0;
    for (const [place, { eval_func: functions, cases }] of rows.entries()) {
      const inputs = cases.map(([input]) => input);
      const checked = await checkResponses(sandbox, [verifiers[place]!], inputs);
      for (const [code, accuracy] of functions) {
        const right = cases.filter(([, output], i) => checked[i]!.functions[functionId(code)] === String(output));
        expect(right.length / cases.length).toBeCloseTo(accuracy, 12);
        compared++;
      }
    }
    expect(compared).toBe(22);
  });

  it('takes of several constraints the least share of functions that say true', async () => {
    const [yes, no, fails] = [codeOf('return True'), codeOf('return False'), codeOf('return 1 / 0')];
    const [first, second] = [verifierOf('A', yes, no, fails), verifierOf('B', yes, no)];
    const expected = {
      functions: { [functionId(yes)]: 'true', [functionId(no)]: 'false', [functionId(fails)]: 'error' },
      errors: { [functionId(fails)]: 'ZeroDivisionError: division by zero' },
      accuracy: 1 / 3,
    };
    expect(await checkResponses(sandbox, [first, second], ['x', 'y'])).toEqual([expected, expected]);
  });

  it('a function that never ends on some responses is held to that near them only', async () => {
    const code = codeOf("\n    while response == 'loop': pass\n    return True");
    const responses = Array.from({ length: 64 }, (_, i) => (i < 16 ? 'loop' : `response ${i}`));
    const checked = await checkResponses(sandbox, [verifierOf('A', code)], responses);
    expect(checked.map(({ functions }) => functions[functionId(code)])).toEqual(
      responses.map((response) => (response === 'loop' ? 'timeout' : 'true')),
    );
  });

  it('asks nothing where there are no responses', async () => {
    expect(await checkResponses(sandbox, [verifierOf('A', 'no Python')], [])).toEqual([]);
  });
});

describe('evosift verify', { timeout: 120_000 }, () => {
  const rows = [
    { id: 'a', instruction: `Name a pet. ${NO_E}`, output: 'a big cat' },
    { id: 'b', instruction: `Name a pet. ${NO_E}`, output: 'the beagle' },
    { id: 'c', instruction: 'Name a pet.', output: 'the beagle' },
    { id: 'd', instruction: `Name a pet. ${NO_E}`, output: '' },
    { id: 'e', instruction: `Say it. ${IN_ORDER}`, output: 'a bird can dig' },
    { id: 'f', instruction: 'Say it.', constraints: [NO_E, IN_ORDER], output: 'bird a' },
    { id: 'g', instruction: 'Say it.', constraint: 'Write a sonnet', output: 'a dog' },
    { id: 'h', instruction: ['not', 'text'], output: 'x' },
    {
      messages: [
        { role: 'user', content: NO_E },
        { role: 'assistant', content: '<think>easy</think>Hi' },
      ],
    },
  ];
  const verified = [true, false, null, null, true, false, null, null, true];
  const reasons = [null, null, 'no_constraint', 'no_response', null, null, 'unknown_constraint', 'malformed_row', null];

  it('writes a line for each row in input order, with a verdict or the reason why there is none', async () => {
    const { data, out } = await dataOf(rows);
    const { code, stdout, stderr } = await runCli(['verify', data, '--functions', PUBLISHED, '-o', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = verdictsOf(out);
    expect(lines.map((line) => line.verified)).toEqual(verified);
    expect(lines.map((line) => line.reason)).toEqual(reasons);
    expect(lines.map(({ id, index }) => [id, index])).toEqual(rows.map(({ id }, index) => [id ?? null, index]));
    expect(lines.map((line) => line.accuracy)).toEqual([1, 0, null, null, 1, 0, null, null, 1]);
    expect(Object.values(lines[5]!.functions).sort()).toEqual([...Array(4).fill('false'), ...Array(4).fill('true')]);
    expect(Object.keys(lines[0]!)).toEqual(['hash', 'id', 'index', 'verified', 'accuracy', 'functions', 'reason']);
    expect(stdout).toMatch(
      /^.*verdicts\.jsonl: 9 rows, 3 verified, 2 not, 4 without a verdict \(malformed_row 1, no_constraint 1, no_response 1, unknown_constraint 1\)\n24 verdicts \(false 8, true 16\), \d+\/s\n$/,
    );
  });

  it('gives the summary as JSON, and the lines to standard output', async () => {
    const { data, out } = await dataOf(rows);
    const json = await runCli(['verify', data, '--functions', PUBLISHED, '-o', out, '--json']);
    expect(JSON.parse(json.stdout)).toEqual({
      out,
      rows: 9,
      verified: 3,
      not_verified: 2,
      reasons: { malformed_row: 1, no_constraint: 1, no_response: 1, unknown_constraint: 1 },
      verdicts: { false: 8, true: 16 },
      verdicts_s: expect.any(Number),
      seconds: expect.any(Number),
    });
    const printed = await runCli(['verify', '-', '--functions', PUBLISHED, '-o', '-', '--quiet'], {
      input: readFileSync(data, 'utf8'),
    });
    expect(printed).toMatchObject({ code: 0, stderr: '', stdout: readFileSync(out, 'utf8') });
    const both = await runCli(['verify', data, '--functions', PUBLISHED, '-o', '-', '--json']);
    expect(both).toMatchObject({ code: 2, stdout: '' });
  });

  it('its verdicts join a ranking', async () => {
    const { folder, data, out } = await dataOf(rows);
    const [run, best] = [join(folder, 'run'), join(folder, 'best.jsonl')];
    expect((await runCli(['score', data, '-m', 'pocket', '-o', run])).code).toBe(0);
    // The scored run stands for its rows.
    expect((await runCli(['verify', run, '--functions', PUBLISHED, '-o', out])).code).toBe(0);
    const hashes = readJsonLines<{ hash: string | null }>(join(run, 'scores.jsonl')).map(({ hash }) => hash);
    expect(verdictsOf(out).map(({ hash }) => hash)).toEqual(hashes);
    const rank = async (where: string): Promise<unknown[]> => {
      const ranked = await runCli(['rank', run, '--join', out, '--where', where, '-o', best, '--quiet']);
      expect(ranked.stderr).toBe('');
      return readJsonLines<{ evosift: { index: number } }>(best).map(({ evosift }) => evosift.index);
    };
    expect((await rank('verified')).toSorted()).toEqual([0, 4, 8]);
    expect((await rank('verified = false AND accuracy = 0')).toSorted()).toEqual([1, 5]);
  });

  it.each([
    ['>=0.9', [false, true]],
    ['>0.2', [true, true]],
    ['off', [true, true]],
    [undefined, [true, true]],
  ])('takes the accuracy that is asked for: %s', async (accuracy, expected) => {
    const codes = ['return True', 'return bool(1)', "return response == 'a'"].map(codeOf);
    const { folder, data, out } = await dataOf(['b', 'a'].map((output) => ({ instruction: 'A', output })));
    const functions = join(folder, 'functions.jsonl');
    await writeFile(functions, JSON.stringify({ constraint: 'A', functions: codes }));
    const report = await verify({ data: [data], functions, out, ...(accuracy !== undefined && { accuracy }) });
    expect(verdictsOf(out).map((line) => line.verified)).toEqual(expected);
    expect(report).toMatchObject({ rows: 2, out, verdicts: { true: 5, false: 1 } });
  });

  it('runs the functions that published rows have of their own', async () => {
    const own = { instruction: 'Shout', eval_func: [[codeOf('return response.isupper()'), 1]] };
    const { data, out } = await dataOf([
      { ...own, prompt: 'Say hi.', response: 'HI' },
      { ...own, prompt: 'Say hi.', response: 'hi' },
    ]);
    await verify({ data: [data], functions: PUBLISHED, out, columns: { instruction: 'prompt', output: 'response' } });
    expect(verdictsOf(out).map((line) => line.verified)).toEqual([true, false]);
  });

  it("checks a run's own rows by its own functions, the kept ones", async () => {
    const run = join(await newFolder(), 'run');
    const [kept, dropped] = [codeOf('return response.isupper()'), codeOf('return True')];
    const manifest = { version: 1, identity: { kind: 'autoif' }, starts: [] };
    const verification = { constraints: [constraintId('Shout.')] };
    await mkdir(run);
    await writeFile(join(run, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(
      join(run, 'verifiers.jsonl'),
      `${JSON.stringify({ constraint: 'Whisper.', status: 'dropped', functions: [{ code: dropped }] })}\n` +
        `${JSON.stringify({ constraint: 'Shout.', status: 'kept', functions: [{ code: kept, accuracy: 1 }] })}\n`,
    );
    const sft = ['HI', 'hi'].map((output) => ({
      instruction: 'Greet me, loudly. Whisper.',
      input: '',
      output,
      verification,
    }));
    await writeFile(join(run, 'sft.jsonl'), sft.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const out = join(run, '..', 'verdicts.jsonl');
    await verify({ data: [run], functions: run, out });
    expect(verdictsOf(out).map(({ verified: is, functions }) => [is, functions])).toEqual([
      [true, { [functionId(kept)]: 'true' }],
      [false, { [functionId(kept)]: 'false' }],
    ]);
    const overwriting = verify({ data: [run], functions: run, out: join(run, 'verifiers.jsonl') });
    await expect(overwriting).rejects.toMatchObject({ code: 'bad_argument', option: 'out' });
  });

  it.each([
    ['evolve', 'is a run of `evosift evolve`'],
    ['autoif', 'has no functions yet; finish its `evosift autoif` first'],
  ])('refuses the functions of a run that has none: %s', async (kind, message) => {
    const { folder, data, out } = await dataOf(rows);
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version: 1, identity: { kind }, starts: [] }));
    await expect(verify({ data: [data], functions: folder, out })).rejects.toMatchObject({
      code: 'bad_data',
      option: 'functions',
      message: expect.stringContaining(message),
    });
  });

  it('takes the rejected answers of preference rows where it is told to', async () => {
    const { data, out } = await dataOf([{ prompt: NO_E, chosen: 'a big cat', rejected: 'the beagle' }]);
    await verify({ data: [data], functions: PUBLISHED, out });
    expect(verdictsOf(out)[0]!.verified).toBe(true);
    await verify({ data: [data], functions: PUBLISHED, out, answer: 'rejected' });
    expect(verdictsOf(out)[0]!.verified).toBe(false);
  });

  it('gives the same lines whatever the number of rows, and tells how many are done', async () => {
    const many = Array.from({ length: 700 }, (_, i) => ({
      instruction: NO_E,
      output: i % 3 === 0 ? `cat ${i}` : 'bee',
    }));
    const { data } = await dataOf(many);
    const told: number[] = [];
    const parts: string[] = [];
    const out = new Writable({ write: (chunk, _, done) => (parts.push(String(chunk)), done()) });
    const report = await verify({
      data: [data],
      functions: PUBLISHED,
      out,
      limit: 600,
      onProgress: ({ rows: done }) => told.push(done),
    });
    expect(told).toEqual([256, 512, 600]);
    expect(report).toMatchObject({ out: null, rows: 600, verified: 200, notVerified: 400 });
    const lines = parts
      .join('')
      .trimEnd()
      .split('\n')
      .map((line): VerdictLine => JSON.parse(line));
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: 600 }, (_, i) => i));
    expect(lines.every((line, i) => line.verified === (i % 3 === 0))).toBe(true);
  });

  it('says which modules its functions miss', async () => {
    const { folder, data, out } = await dataOf([{ instruction: 'A', output: 'a' }]);
    const functions = join(folder, 'functions.jsonl');
    await writeFile(
      functions,
      JSON.stringify({ constraint: 'A', functions: [`import no_such_module\n${codeOf('return True')}`] }),
    );
    const { code, stderr } = await runCli(['verify', data, '--functions', functions, '-o', out]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'Functions need modules that are not there (no_such_module): --python takes an environment.\n',
    });
    expect(verdictsOf(out)[0]).toMatchObject({ verified: false, accuracy: 0 });
  });

  it('exits with 1 where no row could be verified', async () => {
    const { data, out } = await dataOf([{ instruction: 'Name a pet.', output: 'cat' }]);
    expect((await runCli(['verify', data, '--functions', PUBLISHED, '-o', out])).code).toBe(1);
    expect(verdictsOf(out)).toHaveLength(1);
  });

  it.each([
    [
      ['--functions', PUBLISHED, '-o', 'v.jsonl'],
      2,
      'verify: DATA is missing; name files, globs, a directory or a run',
    ],
    [['rows.jsonl', '-o', 'v.jsonl'], 2, 'verify: --functions is missing; name a run of AutoIF, or a file'],
    [['rows.jsonl', '--functions', PUBLISHED], 2, 'verify: --out is missing; name the file for the verdicts'],
    [['rows.jsonl', '--functions', PUBLISHED, '-o', 'v.jsonl', '--accuracy', 'high'], 2, 'a rule such as >0.5'],
    [['rows.jsonl', '--functions', 'none.jsonl', '-o', 'v.jsonl'], 1, 'none.jsonl: there is no such file'],
    [['none.jsonl', '--functions', PUBLISHED, '-o', 'v.jsonl'], 1, 'none.jsonl'],
    [['rows.jsonl', '--functions', PUBLISHED, '-o', 'no/v.jsonl'], 2, "no/v.jsonl can't be written"],
    [['rows.jsonl', '--functions', PUBLISHED, '-o', './rows.jsonl'], 2, 'verify: --out is ./rows.jsonl, which is read'],
    [['-', '--functions', PUBLISHED, '-o', 'v.jsonl'], 1, 'The input is empty'],
  ])('says what is wrong with %j', async (args, code, message) => {
    const { folder } = await dataOf(rows);
    const ended = await runCli(['verify', ...args], { cwd: folder });
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
    expect(readdirSync(folder)).toEqual(['rows.jsonl']);
  });

  it('refuses where there is no sandbox, and leaves no file', async () => {
    const { data, out } = await dataOf(rows);
    const { code, stderr } = await runCli(['verify', data, '--functions', PUBLISHED, '-o', out], {
      env: { PATH: '/nowhere' },
    });
    expect({ code, message: stderr.includes('bubblewrap') }).toEqual({ code: 1, message: true });
    expect(existsSync(out)).toBe(false);
  });

  it('leaves an earlier file as it was where it is interrupted', async () => {
    const endless = Array.from({ length: 400 }, (_, i) => ({ instruction: 'A', output: `${i}` }));
    const { folder, data, out } = await dataOf(endless);
    const functions = join(folder, 'functions.jsonl');
    await writeFile(functions, JSON.stringify({ constraint: 'A', functions: [codeOf('\n    while True: pass')] }));
    await writeFile(out, 'before\n');
    const parts = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.part'));
    const ended = await runCli(['verify', data, '--functions', functions, '-o', out], {
      started: (child) => {
        void (async () => {
          while (parts().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
          child.kill('SIGINT');
          await once(child, 'exit');
        })();
      },
    });
    expect(ended.code).toBe(130);
    expect(readFileSync(out, 'utf8')).toBe('before\n');
    expect(parts()).toEqual([]);
  });
});
