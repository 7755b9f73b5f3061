import { createHash } from 'node:crypto';
import type { RunIdentity } from '../runs/run-identity.js';
import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { settlePrepareOptions } from '../score/sequences/prepare-options.js';
import { scorerIdentity, type ScorerIdentity } from '../score/run/scorer-identity.js';
import type { Scorer } from '../score/scorer.js';
import type { AutoSettings } from '../auto-evol/options.js';
import type { SeedSource } from '../ask/seeds.js';
import type { VariantScoring } from '../score/scoring-stream.js';

/** The rows of a run and how they are read. */
export interface SeedIdentity {
  readonly data: { readonly files: RunIdentity['data']['files'] };
  readonly format: string;
  readonly columns: Readonly<Record<string, string>>;
}

export const seedIdentity = ({ files, layout }: SeedSource): SeedIdentity => ({
  data: { files },
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

export const samplingFields = ({ temperature, topP, maxTokens, seed }: Partial<Sampling>): object => ({
  temperature,
  top_p: topP,
  max_tokens: maxTokens,
  seed,
});

/** How Auto-Evol finds its method; `method` is the file's text, null where the prompt pack has it. */
export function autoIdentity(settings: AutoSettings, method: string | null): object {
  const { optimise, steps, batch, batchRounds, candidates, development, patience, objective, optimiser, seed } =
    settings;
  return {
    method: method === null ? null : createHash('sha256').update(method).digest('hex'),
    ...(optimise && {
      steps,
      batch,
      batch_rounds: batchRounds,
      candidates,
      development,
      patience,
      objective,
      seed,
      optimiser: optimiser === null ? null : generatorIdentity(optimiser),
    }),
  };
}

export type ScoringIdentity = ScorerIdentity &
  Pick<RunIdentity, 'recipe' | 'template' | 'overflow'> & { readonly max_length: number | null };

/** What scores depend on. @throws EvosiftError `bad_argument` as `settlePrepareOptions`. */
export async function scoringIdentity(
  scorer: Scorer,
  scoring: VariantScoring,
  signal?: AbortSignal,
): Promise<ScoringIdentity> {
  const { recipe, template, overflow } = settlePrepareOptions(scoring, scorer.info);
  return {
    ...(await scorerIdentity(scorer, signal)),
    recipe,
    template,
    overflow,
    max_length: scoring.maxLength ?? null,
  };
}
