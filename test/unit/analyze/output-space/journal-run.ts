import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnswerToken, ChatMessage, Completion } from '../../../../src/llm/chat.js';
import { journalText, type JournalEntry } from '../../../../src/llm/journal/journal-line.js';
import { requestHash } from '../../../../src/llm/journal/request-hash.js';

/** A line of `fixtures/output-space/pocket.jsonl`: see `make.py` there. */
export interface Reference {
  readonly messages: readonly ChatMessage[];
  readonly text: string;
  readonly top1: readonly number[];
  readonly entropy: readonly number[];
  readonly drawn: readonly number[];
  readonly top: readonly { readonly tokens: readonly number[]; readonly logprobs: readonly number[] }[];
}

const FILE = join(import.meta.dirname, '../../../fixtures/output-space/pocket.jsonl');

/** What transformers says of the bundled model's answers. */
export const references = async (): Promise<Reference[]> =>
  (await readFile(FILE, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Reference);

/** The five likeliest tokens of each position, as a server gives them. */
export const logprobsOf = ({ drawn, top }: Reference): AnswerToken[] =>
  drawn.map((logprob, place) => ({
    token: '',
    logprob,
    top: (top[place]?.logprobs ?? []).map((one) => ({ token: '', logprob: one })),
  }));

/** Fields of a journal's line, and of the answer in it. */
export interface Line extends Partial<Omit<JournalEntry, 'settled' | 'key'>> {
  readonly key?: Partial<JournalEntry['key']>;
  readonly answer?: Partial<Completion>;
}

/** A line of a journal: the answer of a generator called pocket, unless the fields say otherwise. */
export function entryOf({ key, answer, ...fields }: Line): JournalEntry {
  const completion: Completion = {
    text: 'x',
    reasoning: null,
    finishReason: 'stop',
    usage: { promptTokens: null, completionTokens: null },
    logprobs: null,
    ...answer,
  };
  const full = { stage: 'evolve', item: '0.0.1.0', operation: 'deepening', sample: 0, attempt: 0, ...key };
  const request = requestHash('pocket', [], { maxTokens: 9 });
  return {
    key: full,
    request,
    generator: 'g',
    model: 'pocket',
    messages: [],
    settled: { ok: true, completion },
    ...fields,
  };
}

/** The directory of a run with such a manifest and journal. */
export async function runOf(entries: readonly JournalEntry[], kind: string | undefined = 'evolve'): Promise<string> {
  const run = await mkdtemp(join(tmpdir(), 'evosift-output-space-'));
  await writeFile(join(run, 'manifest.json'), JSON.stringify({ version: 1, identity: { kind }, starts: [] }));
  await writeFile(join(run, 'journal.jsonl'), entries.map(journalText).join(''));
  return run;
}
