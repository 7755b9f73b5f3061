import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Completion } from '../../../src/llm/chat.js';
import type { GeneratorPlan } from '../../../src/llm/generator.js';
import { openJournal, type Journal } from '../../../src/llm/journal/journal.js';
import {
  journalText,
  keptMessages,
  MOST_MESSAGE_CHARACTERS,
  parseJournalLine,
  type JournalEntry,
} from '../../../src/llm/journal/journal-line.js';
import { addressOf, modelOf, requestHash } from '../../../src/llm/journal/request-hash.js';

const newPath = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'evosift-journal-')), 'journal.jsonl');

const completion = (text: string): Completion => ({
  text,
  reasoning: null,
  finishReason: 'stop',
  usage: { promptTokens: 3, completionTokens: null },
  logprobs: [{ token: 'a', logprob: -0.5 }],
});

const entry = (
  item: number,
  settled: JournalEntry['settled'] = { ok: true, completion: completion(`Ü ${item}`) },
): JournalEntry => ({
  key: { stage: 'evolve', item: String(item), operation: 'deepening', sample: 0, attempt: 0 },
  request: requestHash('m', [{ role: 'user', content: String(item) }], { maxTokens: 5 }),
  generator: 'g',
  model: 'm',
  settled,
});

const find = async (journal: Journal, { generator, key, request }: JournalEntry) => {
  const [found] = (await journal.find(addressOf(generator, key, request))) ?? [];
  return found?.settled ?? null;
};

describe('requestHash', () => {
  const messages = [{ role: 'user', content: 'hello' }] as const;

  it('is a stable value', async () => {
    // sha256sum, of the same JSON.
    const text = '["m",[["user","hello"]],[0,null,5,null,false]]';
    const sum = await new Promise<string>((resolve, reject) => {
      const child = execFile('sha256sum', (error, stdout) =>
        error === null ? resolve(stdout.slice(0, 64)) : reject(error),
      );
      child.stdin?.end(text);
    });
    expect(requestHash('m', messages, { maxTokens: 5, temperature: 0 })).toBe(sum);
  });

  it('does not go by the order of fields, and tells everything that matters apart', () => {
    const base = requestHash('m', messages, { temperature: 0, maxTokens: 5 });
    expect(requestHash('m', messages, { maxTokens: 5, temperature: 0, logprobs: false })).toBe(base);
    const others = [
      requestHash('n', messages, { temperature: 0, maxTokens: 5 }),
      requestHash('m', [{ role: 'system', content: 'hello' }], { temperature: 0, maxTokens: 5 }),
      requestHash('m', messages, { temperature: 0, maxTokens: 6 }),
      requestHash('m', messages, { temperature: 0, maxTokens: 5, seed: 0 }),
      requestHash('m', messages, { temperature: 0, maxTokens: 5, topP: 0 }),
      requestHash('m', messages, { maxTokens: 5 }),
    ];
    expect(new Set([base, ...others]).size).toBe(7);
  });
});

describe('modelOf', () => {
  const plan = (body: Record<string, unknown>, systemPrompt: string | null = null, headers = {}): GeneratorPlan => ({
    name: 'g',
    source: { kind: 'openai', model: 'm', baseUrl: 'http://h/v1', keyEnv: 'KEY', body, headers },
    systemPrompt,
    sampling: {},
  });

  it('is the name of a model as it is, with a digest of what is added to every request', () => {
    expect(modelOf(plan({}, null, { authorization: '${TOKEN}' }))).toBe('m');
    expect(modelOf(plan({ top_k: 1, a: { b: 1, c: 2 } }))).toMatch(/^m#[0-9a-f]{12}$/);
    expect(modelOf(plan({ a: { c: 2, b: 1 }, top_k: 1 }))).toBe(modelOf(plan({ top_k: 1, a: { b: 1, c: 2 } })));
    expect(modelOf(plan({}, 'Be brief.'))).not.toBe(modelOf(plan({}, 'Be long.')));
  });
});

describe('a journal line', () => {
  it('says all of an answer or of a failure', () => {
    const failed = entry(2, { ok: false, kind: 'bad_request', detail: 'no' });
    const messages = [{ role: 'system', content: 'Be brief.' } as const, { role: 'user', content: 'Ü' } as const];
    const top = [{ token: 'b', logprob: -0.25 }];
    const likeliest: Completion = { ...completion('b'), logprobs: [{ token: 'a', logprob: -1, top }] };
    const others = [
      { ...entry(3), messages },
      { ...entry(4), messages: null },
      entry(5, { ok: true, completion: likeliest }),
    ];
    for (const one of [entry(1), failed, ...others]) expect(parseJournalLine(journalText(one))).toEqual(one);
  });

  it.each([
    ['no JSON', '{"key":'],
    ['no object', '7'],
    ['no key', '{"request":"a","generator":"g","model":"m","failed":{"kind":"timeout","detail":""}}'],
    ['neither answer nor failure', journalText(entry(1)).replace('"answer"', '"answers"')],
    [
      'a failure of no kind',
      journalText(entry(1, { ok: false, kind: 'timeout', detail: '' })).replace('timeout', 'tired'),
    ],
    ['messages that are none', journalText({ ...entry(1), messages: [] }).replace('[]', '[7]')],
    ['an answer without text', journalText(entry(1)).replace('"text"', '"texts"')],
  ])('with %s is damaged', (_what, text) => {
    expect(parseJournalLine(text)).toBeNull();
  });
});

describe('keptMessages', () => {
  it('keeps prompts of any usual length, and none that are longer than a line may be', () => {
    const of = (characters: number) => [{ role: 'user', content: 'a'.repeat(characters) } as const];
    expect(keptMessages(of(MOST_MESSAGE_CHARACTERS))).toEqual(of(MOST_MESSAGE_CHARACTERS));
    expect(keptMessages([...of(MOST_MESSAGE_CHARACTERS), ...of(1)])).toBeNull();
  });
});

describe('Journal', () => {
  it('finds what was appended, in the same and in the next process', async () => {
    const path = await newPath();
    const entries = Array.from({ length: 200 }, (_, item) => entry(item));
    for (let start = 0; start < 2; start++) {
      await using journal = await openJournal(path);
      if (start === 0) await Promise.all(entries.map((one) => journal.append(one)));
      for (const one of entries) expect(await find(journal, one)).toEqual(one.settled);
      expect(await find(journal, { ...entry(1), generator: 'other' })).toBeNull();
    }
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(201);
  });

  it('goes by the later line of a request', async () => {
    const path = await newPath();
    const failed = entry(1, { ok: false, kind: 'timeout', detail: 'late' });
    await using journal = await openJournal(path);
    await journal.append(failed);
    expect(await find(journal, failed)).toEqual(failed.settled);
    await journal.append(entry(1));
    await using again = await openJournal(path);
    for (const opened of [journal, again]) expect(await find(opened, failed)).toEqual(entry(1).settled);
  });

  it('cuts off a torn last line and names a damaged one', async () => {
    const path = await newPath();
    const whole = journalText(entry(1));
    await writeFile(path, whole + journalText(entry(2)).slice(0, 50));
    await using journal = await openJournal(path);
    expect(await readFile(path, 'utf8')).toBe(whole);
    expect(await find(journal, entry(1))).toEqual(entry(1).settled);
    await writeFile(path, `${whole}nonsense\n${whole}`);
    await expect(openJournal(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining(`${path} line 2 `) as unknown,
    });
  });
});
