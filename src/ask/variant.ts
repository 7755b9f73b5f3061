/** The round of a variant, by its id; null where that is of another form. */
export function roundOf(id: string): number | null {
  const made = /^\d+\.\d+\.(\d+)\.\d+$/.exec(id);
  if (made !== null) return Number(made[1]);
  return /^\d+$/.test(id) ? 0 : null;
}

/** A version of a row: the seed itself (round 0), or what an operation made of its parent. */
export interface Variant {
  /** `SEED` for a seed, `SEED.GENERATOR.ROUND.SAMPLE` for what was made of it. */
  readonly id: string;
  /** The seed's id: the row's index as text. */
  readonly seed: string;
  readonly parent: string | null;
  readonly round: number;
  readonly instruction: string;
  /** Carried along unchanged; empty where there is none. */
  readonly input: string;
  /** The answer of this very instruction, never its parent's; null where it has none. */
  readonly response: string | null;
  /** What was thought before it; null where nothing was, or nothing is known of it. */
  readonly reasoning: string | null;
}
