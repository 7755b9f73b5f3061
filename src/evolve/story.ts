import type { EvosiftError } from '../base/errors.js';
import { dropSeed, evolveSeed, type Chain } from './chain.js';
import type { ChainParts } from './evolve-row.js';
import type { Seed } from '../ask/seed.js';
import { isStop } from '../ask/stop.js';
import type { VariantScores } from './variant.js';

/** What became of a seed with every generator. */
export interface Story {
  readonly seed: Seed;
  /** Of the seed as it came; null where nothing is scored. */
  readonly scores: VariantScores | null;
  /** By generator; empty for a seed that can't be evolved. */
  readonly chains: readonly Chain[];
  /** What ended it before its end; null where nothing did. */
  readonly stopped: EvosiftError | null;
}

/** @throws EvosiftError as `evolveSeed`. */
export async function tellStory(parts: readonly ChainParts[], seed: Seed): Promise<Story> {
  if (!seed.ok) {
    for (const part of parts) dropSeed(part, seed.index);
    return { seed, scores: null, chains: [], stopped: null };
  }
  const [scores, ...chains] = await Promise.all([
    scoreSeed(parts, seed),
    ...parts.map((part) => evolveSeed(part, seed.index, seed.variant)),
  ]);
  const stopped = chains.find((chain) => chain.stopped !== null)?.stopped ?? null;
  return { seed, scores, chains, stopped };
}

/** A stop is told by the chains. */
async function scoreSeed(
  parts: readonly ChainParts[],
  seed: Seed & { readonly ok: true },
): Promise<VariantScores | null> {
  try {
    return (await parts[0]?.scoring?.score(seed.variant)) ?? null;
  } catch (error) {
    if (isStop(error)) return null;
    throw error;
  }
}
