import { describe, expect, it } from 'vitest';
import { parsePlans } from '../../../src/llm/index.js';
import { judgeDifficulty, judgeKeywords, judgePairwise, type JudgeOptions } from '../../../src/judge/index.js';
import { NonsenseBreaker } from '../../../src/judge/run/nonsense-breaker.js';

const [generator] = await parsePlans(['openai:model@http://127.0.0.1:9/v1']);
const data = ['rows.jsonl'];

describe('judgeDifficulty refuses', () => {
  it.each<[string, object, string]>([
    ['no data', { generator }, '`data` is missing'],
    ['no generator', { data }, '`generator` is missing'],
    ['an unknown option', { data, generator, attempts: 2 }, 'unknown option `attempts`'],
    [
      'no row of nonsense',
      { data, generator, maxUnparsable: 0 },
      '`maxUnparsable` must be an integer of at least 1, not 0',
    ],
    ['standard output', { data, generator, verdicts: '-' }, '`verdicts` must be the path of a file, not "-"'],
    ['rows without a directory', { rows: [{ instruction: 'Sing.' }], generator }, 'name it by `out`'],
  ])('%s', async (_name, options, message) => {
    await expect(judgeDifficulty(options as JudgeOptions)).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining(message),
    });
  });
});

it('judgePairwise takes two sets, judgeKeywords no description of rows', async () => {
  const wrong = { code: 'bad_argument' };
  await expect(judgePairwise({ data: ['a', 'b', 'c'], generator: generator! })).rejects.toMatchObject(wrong);
  await expect(judgeKeywords({ data, generator: generator!, format: 'alpaca' } as never)).rejects.toMatchObject(wrong);
});

describe('NonsenseBreaker', () => {
  it('halts once, after so many answers in a row without a verdict', () => {
    const halted: string[] = [];
    const breaker = new NonsenseBreaker(3, ({ code, message }) => halted.push(`${code} ${message}`));
    for (const problem of ['"a"', '"b"', null, '"c"', '"d"']) breaker.note('model', problem);
    expect(halted).toEqual([]);
    for (const problem of ['"e"', '"f"', '"g"']) breaker.note('model', problem);
    expect(halted).toEqual([
      expect.stringMatching(/^breaker_open model: 3 answers in a row hold no verdict, the last one "e"\./),
    ]);
  });
});
