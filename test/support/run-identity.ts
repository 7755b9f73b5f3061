import type { NewStart, RunIdentity } from '../../src/runs/run-identity.js';

/** A run as tests have it that look at something else. */
export const identity: RunIdentity = {
  data: { files: [{ bytes: 10, sha256: 'a'.repeat(64) }], rows: null, from: null },
  format: 'alpaca',
  columns: { instruction: 'instruction', output: 'output' },
  answer: null,
  recipe: 'paper',
  template: 'bare',
  turns: 'reject',
  max_length: null,
  overflow: 'skip',
  reasoning: 'include',
  special_tokens: 'control',
  template_kwargs: null,
  per_token: false,
  form: 'loss',
  model: 'b'.repeat(64),
  revision: null,
  tokenizer: 'c'.repeat(64),
  engine: 'native',
  device: 'cpu',
  matmul: 'onednn 2.6.3 brg:avx512_core',
  dtype: 'f32',
  shard: null,
};

export const start: NewStart = {
  paths: ['x.jsonl'],
  model: 'pocket',
  device: 'cpu',
  threads: 2,
  batch_tokens: null,
  limit: null,
};
