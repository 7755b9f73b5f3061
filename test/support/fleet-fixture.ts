import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createFleet, type Fleet } from '../../src/llm/fleet/fleet.js';
import type { FleetOptions } from '../../src/llm/fleet/options.js';
import type { GeneratorPlan } from '../../src/llm/generator.js';
import type { Question } from '../../src/llm/question.js';
import type { LoopbackLlm } from './loopback-llm/loopback-llm.js';

export const FLEET_WORKER = resolve(import.meta.dirname, '../fixtures/llm/worker.mjs');

export const planOf = (llm: Pick<LoopbackLlm, 'baseUrl'>, fields: Partial<GeneratorPlan> = {}): GeneratorPlan => ({
  name: 'openai:loopback',
  source: { kind: 'openai', model: 'loopback', baseUrl: llm.baseUrl, keyEnv: null, body: {}, headers: {} },
  systemPrompt: null,
  sampling: {},
  ...fields,
});

export const replayOf = (path: string, name = 'openai:loopback'): GeneratorPlan => ({
  name,
  source: { kind: 'replay', path },
  systemPrompt: null,
  sampling: {},
});

export const question = (plan: GeneratorPlan, item: number | string, fields: Partial<Question> = {}): Question => ({
  key: { stage: 'evolve', item: String(item), operation: 'deepening', sample: 0, attempt: 0 },
  plan,
  messages: [{ role: 'user', content: `Rewrite this.\n\n<instruction>Count to ${item}.</instruction>` }],
  sampling: { temperature: 0, maxTokens: 100 },
  examination: null,
  ...fields,
});

export const newJournal = async (): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), 'evosift-fleet-')), 'journal.jsonl');

export const openFleet = (options: Omit<FleetOptions, 'worker'>): Promise<Fleet> =>
  createFleet({ worker: { filename: FLEET_WORKER }, timeout: 5_000, ...options });

export async function journalLines(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
