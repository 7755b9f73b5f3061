import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordedResponses } from '../../../src/autoif/answers/recorded-responses.js';

async function read(...lines: readonly string[]): Promise<RecordedResponses> {
  const path = join(await mkdtemp(join(tmpdir(), 'evosift-responses-')), 'responses.jsonl');
  await writeFile(path, `${lines.join('\n')}\n`);
  return await RecordedResponses.read(path);
}

describe('Answers of a file are found by the id of their pair', () => {
  it.each([
    ['a list', '{"id":"c1.0","responses":["Yes.","No."]}', ['Yes.', 'No.']],
    ['a list in which something is no text', '{"id":"c1.0","responses":["Yes.",7,null]}', ['Yes.']],
    ['an output alone', '{"id":"c1.0","output":"Yes."}', ['Yes.']],
    ['a thought before it', '{"id":"c1.0","responses":["<think>Is it?</think>\\nYes."]}', ['Yes.']],
    ['a response alone', '{"id":"c1.0","response":"Yes."}', ['Yes.']],
    ['an Alpaca row', '{"id":"c1.0","instruction":"Is it?","output":"Yes."}', ['Yes.']],
    ['a query with a response', '{"id":"c1.0","query":"Is it?","response":"Yes."}', ['Yes.']],
    [
      'messages',
      '{"id":"c1.0","messages":[{"role":"user","content":"Is it?"},{"role":"assistant","content":"Yes."}]}',
      ['Yes.'],
    ],
  ])('as %s', async (_name, line, answers) => {
    expect((await read(line)).of('c1.0')).toEqual(answers);
  });

  it('several rows of one pair are several answers, and other pairs have none', async () => {
    const recorded = await read('{"id":"c1.0","output":"Yes."}', '{"id":"c1.0","responses":["No."]}');
    expect(recorded.of('c1.0')).toEqual(['Yes.', 'No.']);
    expect(recorded.of('c2.0')).toEqual([]);
  });

  it('lines that cannot be read or have no id are passed over', async () => {
    const recorded = await read('{"responses":["No."]}', '{"id":"c1.0","responses":["Yes."]}', '{"id":');
    expect(recorded.of('c1.0')).toEqual(['Yes.']);
  });

  it('a file without any is refused, and the message shows the form', async () => {
    await expect(read('{"responses":["No."]}')).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining('{"id": …, "responses": […]}'),
    });
  });
});
