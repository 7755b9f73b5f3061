import type { Seed } from '../ask/seed.js';
import { isStop } from '../ask/stop.js';
import type { EvosiftError } from '../base/errors.js';
import type { TextScores } from '../score/scoring-stream.js';
import type { Chain } from './evolve-row.js';
import { countQuestions, evolveSeed, type ChainResult, type QuestionCounts } from './evolve-seed.js';

/** What became of a seed with every generator. */
export interface SeedResult {
  readonly seed: Seed;
  /** Of the seed as it came; null where nothing is scored. */
  readonly scores: TextScores | null;
  /** By generator; empty for a seed that can't be evolved. */
  readonly chains: readonly ChainResult[];
  /** What ended it before its end; null where nothing did. */
  readonly stopped: EvosiftError | null;
}

/** Where seeds differ in how many questions they take, what so many take stands for all until they begin. */
const LOOKED_AT = 200;

/** Takes seeds through all chains, and keeps the plan of what is asked. */
export class SeedEvolver {
  /** By chain, where a seed takes as many questions as any other. */
  readonly #counts = new Map<Chain, Promise<QuestionCounts>>();
  #seeds = 0;
  /** By chain, of those whose seeds were not all looked at: what was planned for all of them. */
  readonly #estimates = new Map<Chain, QuestionCounts>();

  constructor(private readonly chains: readonly Chain[]) {}

  /** Plans the questions of so many seeds, where every one can be evolved and nothing is thrown away. */
  async plan(seeds: number): Promise<void> {
    this.#seeds = seeds;
    const looked = Math.min(seeds, LOOKED_AT);
    for (const chain of this.chains) {
      const all = new Map<string, number>();
      for (let index = 0; index < looked; index++) {
        for (const [part, count] of await this.#countOf(chain, index)) all.set(part, (all.get(part) ?? 0) + count);
      }
      for (const [part, count] of all) all.set(part, Math.round((count * seeds) / looked));
      for (const [part, count] of all) chain.questions.plan(part, count);
      if (chain.addsBreadth && looked < seeds) this.#estimates.set(chain, all);
    }
  }

  /** @throws EvosiftError as `evolveSeed`. */
  async evolve(seed: Seed): Promise<SeedResult> {
    if (!seed.ok) {
      for (const chain of this.chains) {
        for (const [part, count] of await this.#begin(chain, seed.index)) chain.questions.plan(part, -count);
      }
      return { seed, scores: null, chains: [], stopped: null };
    }
    const evolved = this.chains.map(async (chain) =>
      evolveSeed(chain, seed.index, seed.variant, await this.#begin(chain, seed.index)),
    );
    const [scores, ...chains] = await Promise.all([this.#scoreOf(seed), ...evolved]);
    const stopped = chains.find((chain) => chain.stopped !== null)?.stopped ?? null;
    return { seed, scores, chains, stopped };
  }

  /** What a seed takes; puts that into the plan in place of what was taken for it. */
  async #begin(chain: Chain, index: number): Promise<QuestionCounts> {
    const counts = await this.#countOf(chain, index);
    const estimates = this.#estimates.get(chain);
    if (estimates === undefined) return counts;
    for (const [part, all] of estimates) {
      const upTo = (seeds: number): number => Math.floor((all * seeds) / this.#seeds);
      chain.questions.plan(part, (counts.get(part) ?? 0) - (upTo(index + 1) - upTo(index)));
    }
    return counts;
  }

  /** Unless breadth adds rows, one seed takes as many questions as any other. */
  #countOf(chain: Chain, index: number): Promise<QuestionCounts> {
    if (chain.addsBreadth) return countQuestions(chain, index);
    const count = this.#counts.get(chain) ?? countQuestions(chain, index);
    this.#counts.set(chain, count);
    return count;
  }

  /** A stop is told by the chains. */
  async #scoreOf({ variant }: Seed & { readonly ok: true }): Promise<TextScores | null> {
    try {
      return (await this.chains[0]?.scoring?.score(variant)) ?? null;
    } catch (error) {
      if (isStop(error)) return null;
      throw error;
    }
  }
}
