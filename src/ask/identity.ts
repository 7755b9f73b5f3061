import { createHash } from 'node:crypto';
import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Fingerprint } from '../rows/fingerprint.js';
import type { OpenedAs } from '../rows/opened-as.js';
import type { SeedSource } from './seeds.js';

/** The rows of a run and how they are read. */
export interface SeedIdentity {
  readonly data: OpenedAs & { readonly files: readonly Fingerprint[] };
  readonly format: string;
  readonly columns: Readonly<Record<string, string>>;
}

export const seedIdentity = ({ files, opened, layout }: SeedSource): SeedIdentity => ({
  data: { files, ...opened },
  format: layout.format,
  columns: { ...layout.columns },
});

/** What a generator's answers depend on; where it is reached, and with which key, is no part of it. */
export interface GeneratorIdentity {
  readonly name: string;
  /** Hex sha-256. */
  readonly system_prompt: string | null;
  readonly sampling: Readonly<Record<string, object>>;
}

export const generatorIdentity = ({ name, systemPrompt, sampling }: GeneratorPlan): GeneratorIdentity => ({
  name,
  system_prompt: systemPrompt === null ? null : createHash('sha256').update(systemPrompt).digest('hex'),
  sampling: Object.fromEntries(
    Object.entries(sampling).map(([operation, fields]) => [operation, samplingFields(fields)]),
  ),
});

export const samplingFields = ({ temperature, topP, maxTokens, seed, logprobs }: Partial<Sampling>): object => ({
  temperature,
  top_p: topP,
  max_tokens: maxTokens,
  seed,
  logprobs,
});
