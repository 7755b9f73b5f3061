import { Counts } from '../base/counts.js';

/** What went into a stage, what came out, and why the rest did not. */
export interface StageFunnel {
  readonly in: number;
  readonly out: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** The stages of AutoIF, in their order; the unit of each is what it is named by. */
export const STAGES = [
  'constraints',
  'functions',
  'cases',
  'cross_validation',
  'back_translation',
  'contradiction',
  'queries',
  'pairs',
  'responses',
  'verification',
  'quality',
  'sft',
  'dpo',
] as const;
export type Stage = (typeof STAGES)[number];

export type Funnel = Readonly<Record<Stage, StageFunnel>>;

/** Counts what goes through the stages. */
export class FunnelCounts {
  readonly #stages = new Map(STAGES.map((stage) => [stage, { out: 0, dropped: new Counts(), lost: 0 }]));

  /** @param reason Why it was dropped; null: it goes on. */
  add(stage: Stage, reason: string | null, times = 1): void {
    const counts = this.#stages.get(stage);
    if (counts === undefined) throw new TypeError(`no stage is called ${stage}`);
    for (let time = 0; time < times; time++) {
      if (reason === null) counts.out++;
      else {
        counts.lost++;
        counts.dropped.add(reason);
      }
    }
  }

  get values(): Funnel {
    const funnels = STAGES.map((stage) => {
      const { out = 0, lost = 0, dropped } = this.#stages.get(stage) ?? {};
      return [stage, { in: out + lost, out, dropped: dropped?.values ?? {} }] as const;
    });
    return Object.fromEntries(funnels) as Record<Stage, StageFunnel>;
  }
}
