import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/logger.js';
import { readResults } from '../../../../src/analyze/results/index.js';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/results');

/** A file of that name with that text. */
async function fileOf(name: string, text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'evosift-results-')), name);
  await writeFile(path, text);
  return path;
}

const result = (series: string, x: string, metric: string, value: number, stderr: number | null = null) => ({
  series,
  x,
  metric,
  value,
  stderr,
});

describe('results', () => {
  it('are read from what lm-evaluation-harness writes', async () => {
    const path = join(FIXTURES, 'lm-evaluation-harness/results.json');
    const model = 'Qwen/Qwen2.5-0.5B-Instruct';
    const expected = [
      result(model, 'rivers', 'acc', 0.25, 0.25),
      result(model, 'rivers', 'acc_norm', 0.25, 0.25),
      result(model, 'sums', 'exact_match,strict-match', 0, 0),
    ];
    expect(await readResults(path)).toEqual(expected);
    // Where it can't estimate one it writes N/A, or NaN as Python's json does.
    const text = await readFile(path, 'utf8');
    for (const [literal, stderr] of [
      ['"N/A"', null],
      ['NaN', null],
      ['0.5', 0.5],
    ] as const) {
      const other = await fileOf('results_1.json', text.replace(/(?<="acc_stderr,none": )0.25/, literal));
      expect(await readResults(other)).toEqual([{ ...expected[0], stderr }, ...expected.slice(1)]);
    }
  });

  it('are told to be left out where they are NaN', async () => {
    const text = await readFile(join(FIXTURES, 'lm-evaluation-harness/results.json'), 'utf8');
    const path = await fileOf('results_1.json', text.replace(/(?<="acc,none": )0.25/, 'NaN'));
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => warnings.push(message) };
    expect((await readResults(path, logger)).map(({ metric }) => metric)).toEqual([
      'acc_norm',
      'exact_match,strict-match',
    ]);
    expect(warnings).toEqual([
      `${path}: 1 of 3 values are NaN and left out, the first being 'Qwen/Qwen2.5-0.5B-Instruct', 'rivers', 'acc'`,
    ]);
  });

  it("are read from AlpacaEval's leaderboards, old and new", async () => {
    const weighted = await readResults(join(FIXTURES, 'alpaca-eval/weighted_alpaca_eval_gpt4_turbo_leaderboard.csv'));
    expect(weighted.filter(({ series }) => series === 'NullModel')).toEqual([
      result('NullModel', 'alpaca_eval', 'win_rate', 76.91979180386511, 0.9090102449662572),
      result('NullModel', 'alpaca_eval', 'length_controlled_winrate', 86.45780691307947, 0.14180005113427935),
      result('NullModel', 'alpaca_eval', 'discrete_win_rate', 83.97515527950311),
      result('NullModel', 'alpaca_eval', 'avg_length', 872),
      result('NullModel', 'alpaca_eval', 'n_wins', 676),
      result('NullModel', 'alpaca_eval', 'n_wins_base', 129),
      result('NullModel', 'alpaca_eval', 'n_draws', 0),
      result('NullModel', 'alpaca_eval', 'n_total', 805),
    ]);
    expect(new Set(weighted.map(({ series }) => series)).size).toBe(3);
    const old = await readResults(join(FIXTURES, 'alpaca-eval/claude_leaderboard.csv'));
    expect(old.filter(({ metric }) => metric === 'win_rate')).toHaveLength(2);
  });

  it("are read from OpenCompass's summary: a column a model, and nothing where it has no result", async () => {
    expect(await readResults(join(FIXTURES, 'opencompass/summary.csv'))).toEqual([
      result('qwen2.5-0.5b-evolved', 'gsm8k', 'accuracy', 34.5),
      result('llama  with a comma', 'gsm8k', 'accuracy', 30),
      result('qwen2.5-0.5b-evolved', 'wmt', 'score', 12.25),
      result('qwen2.5-0.5b-evolved', 'all', 'accuracy', 34.5),
      result('llama  with a comma', 'all', 'accuracy', 30),
    ]);
  });

  it("are read from OpenCompass's result files, whose place says the model and data set", async () => {
    const folder = join(FIXTURES, 'opencompass/results');
    expect(await readResults(join(folder, 'qwen2.5-0.5b-evolved/gsm8k.json'))).toEqual([
      result('qwen2.5-0.5b-evolved', 'gsm8k', 'accuracy', 34.5),
    ]);
    expect(await readResults(join(folder, 'qwen2.5-0.5b-evolved/wmt.json'))).toEqual([
      result('qwen2.5-0.5b-evolved', 'wmt', 'score', 12.25),
    ]);
  });

  it.each<[string, string]>([
    ['own.csv', 'series,x,metric,value,stderr\nevolved,1,acc,0.5,0.01\nevolved,2,acc,0.75,\nevolved,3,acc,-,\n'],
    ['own.csv', '\ufeffseries,x,metric,value,stderr\r\nevolved,1,acc,.5,1e-2\r\nevolved,2,acc,0.75,\r\n'],
    ['own.csv', 'stderr;value;metric;x;series\n0.01;0.5;acc;1;evolved\n;0.75;acc;2;evolved\n'],
    [
      'own.jsonl',
      '{"series":"evolved","x":1,"metric":"acc","value":0.5,"stderr":0.01}\n' +
        '{"series":"evolved","x":2,"metric":"acc","value":0.75}\n',
    ],
  ])("are read from a table of one's own (%s: %j)", async (name, text) => {
    expect(await readResults(await fileOf(name, text))).toEqual([
      result('evolved', '1', 'acc', 0.5, 0.01),
      result('evolved', '2', 'acc', 0.75),
    ]);
  });

  it('are read from JSON lines of a single row', async () => {
    const path = await fileOf('one.jsonl', '{"series":"a","x":"b","metric":"c","value":1}\n');
    expect(await readResults(path)).toEqual([result('a', 'b', 'c', 1)]);
  });
});

describe('a file without results', () => {
  it.each<[string, string, string]>([
    [
      'a.csv',
      'model,score\na,1\n',
      "FILE holds no results that are known; its columns are 'model', 'score'\nexpected: ",
    ],
    ['a.json', '{"name":"a","tasks":[]}', "FILE holds no results that are known; its fields are 'name', 'tasks'\n"],
    [
      'a.csv',
      'series,x,metric,value,seed\na,1,acc,1,7\n',
      "FILE: unknown columns 'seed'; a table of this kind has series,x,metric,value[,stderr]",
    ],
    [
      'a.csv',
      ',win_rate,elo\na,1,2\n',
      "FILE: unknown columns 'elo'; a table of this kind has AlpacaEval's ,win_rate,standard_error,…",
    ],
    [
      'a.csv',
      'series,x,metric,value\na,1,acc,1\nb,1,acc,high\n',
      'FILE line 3: column \'value\' must be a number, not "high"',
    ],
    ['a.csv', 'series,x,metric,value\n,1,acc,1\n', "FILE line 2: column 'series' is empty"],
    [
      'a.jsonl',
      '{"series":"a","x":1,"metric":"acc","value":1}\n{"series":"a","x":2,"metric":"acc","value":1,"seed":7}\n',
      "FILE line 2: unknown columns 'seed'; a table of this kind has series,x,metric,value[,stderr]",
    ],
    [
      'a.csv',
      'series,x,metric,value\na,1,acc,1\na,1,f1,2\na,1,acc,0.5\n',
      "FILE: 'a', '1', 'acc' has two values, 1 and 0.5; keep one of them",
    ],
    [
      'a.json',
      '{"results":{"arc":{"acc":0.25,"acc_stderr":0.01}},"versions":{"arc":0},"config":{"model":"gpt2"}}',
      'FILE is of lm-evaluation-harness 0.3 or earlier, which is not supported',
    ],
    ['a.csv', 'series,x,metric,value\na,1,acc\n', 'FILE line 2: the row has 3 fields, the header 4'],
    ['a.csv', 'series,x,metric,value\na,1,acc,-\n', 'FILE has no results: no number stands where one is expected'],
    ['a.json', '{"results":{"arc":{"alias":"arc"}}}', 'FILE has no results: no number stands where one is expected'],
    ['a.json', '{"error":"out of memory"}', 'FILE: the evaluation failed: out of memory'],
    ['a.csv', '', 'FILE is empty; it should hold rows'],
  ])('%s with %j is refused', async (name, text, message) => {
    const path = await fileOf(name, text);
    await expect(readResults(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining(message.replace('FILE', path)) as unknown,
    });
  });

  it('is one that is not there', async () => {
    await expect(readResults('/nowhere/results.csv')).rejects.toMatchObject({
      code: 'bad_data',
      message: '/nowhere/results.csv: there is no such file or directory',
    });
  });
});
