import { copyFileSync, readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fixture } from './fixtures.js';
import { readJsonLines } from './scored-rows.js';

const POCKET = resolve(import.meta.dirname, '../../models/pocket');

/** A folder with the reward model of `fixtures/reward`, and the tokenizer and chat template that it was made for. */
export async function rewardModel({ template = true }: { readonly template?: boolean } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-reward-model-'));
  for (const name of ['config.json', 'model.safetensors']) copyFileSync(fixture('reward', name), join(folder, name));
  for (const name of readdirSync(POCKET)) {
    if (name.startsWith('tokenizer') || (template && name === 'chat_template.jinja')) {
      copyFileSync(join(POCKET, name), join(folder, name));
    }
  }
  return folder;
}

/** Rows, and what transformers makes of them. */
export const REWARD_ROWS = fixture('reward', 'rows.jsonl');

export interface ExpectedReward {
  readonly score: number;
  readonly tokens: number;
  readonly tokens_answer: number;
}

export const expectedRewards = (): ExpectedReward[] =>
  readJsonLines<ExpectedReward>(fixture('reward', 'expected.jsonl'));
