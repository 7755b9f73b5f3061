import type { JournalAnswer } from '../../llm/journal/journal-answers.js';
import {
  DistributionTally,
  ENTROPY_GRID,
  PROBABILITY_GRID,
  type PositionDistribution,
} from './position-distribution.js';
import type { Measurement, Unmeasured } from './measurement.js';

/** Which answers, as the journal tells them apart. */
interface Origin {
  readonly generator: string;
  /** What asked: `evolve`, `respond`, … */
  readonly stage: string;
  readonly operation: string;
  /** Of an evolution, from 0 (the seeds); null where the journal says none. */
  readonly round: number | null;
}

/** What was measured at one answer. */
export interface AnswerStatistics extends Origin {
  /** What it is about: in an evolution the id that `lineage.jsonl` and `dataset.jsonl` have, elsewhere the row's. */
  readonly item: string;
  readonly sample: number;
  /** Several attempts at an item come in order: if one made its row, it was the last. */
  readonly attempt: number;
  /** Positions that were measured; the means, over these, are null where there are none. */
  readonly positions: number;
  readonly top1: number | null;
  /** Nats. */
  readonly entropy: number | null;
  readonly unmeasured: Unmeasured | null;
}

/** Answers of a generator and stage; where operation or round is null, of all of them. */
export interface OutputSpaceGroup {
  readonly generator: string;
  readonly stage: string;
  readonly operation: string | null;
  readonly round: number | null;
  readonly answers: number;
  /** Over the positions of all its answers: the probability of the most likely token. */
  readonly top1: PositionDistribution | null;
  /** Nats. */
  readonly entropy: PositionDistribution | null;
}

/** The distribution of generators' next token over their own answers. */
export interface OutputSpace {
  readonly source: 'weights' | 'logprobs';
  /** The model whose weights were asked, as it was named; null for log-probabilities. */
  readonly model: string | null;
  readonly positions: string;
  /** Servers tell the likeliest tokens only; of these follows the least that the entropy can be. */
  readonly entropyIs: 'exact' | 'lower_bound';
  readonly answers: number;
  readonly unmeasured: readonly {
    readonly reason: Unmeasured['reason'];
    readonly answers: number;
    readonly detail: string;
  }[];
  readonly groups: readonly OutputSpaceGroup[];
}

/** Adds up answers, in memory that grows with the groups alone. */
export class OutputSpaceTally {
  #answers = 0;
  readonly #groups = new Map<string, GroupTally>();
  readonly #unmeasured = new Map<Unmeasured['reason'], { answers: number; readonly detail: string }>();

  add(answer: JournalAnswer, round: number | null, measurement: Measurement): AnswerStatistics {
    const { stage, operation, item, sample, attempt } = answer.key;
    const origin = { generator: answer.generator, stage, operation, round };
    const named = { ...origin, item, sample, attempt };
    if ('reason' in measurement) {
      const before = this.#unmeasured.get(measurement.reason);
      if (before === undefined) this.#unmeasured.set(measurement.reason, { answers: 1, detail: measurement.detail });
      else before.answers++;
      return { ...named, positions: 0, top1: null, entropy: null, unmeasured: measurement };
    }
    this.#answers++;
    for (const group of this.#groupsOf(origin)) group.add(measurement);
    const { top1, entropy } = measurement;
    return { ...named, positions: top1.length, top1: meanOf(top1), entropy: meanOf(entropy), unmeasured: null };
  }

  get result(): Pick<OutputSpace, 'answers' | 'unmeasured' | 'groups'> {
    return {
      answers: this.#answers,
      unmeasured: [...this.#unmeasured].map(([reason, one]) => ({ reason, ...one })),
      groups: [...this.#groups.values()].map(({ group }) => group).sort(inOrder),
    };
  }

  /** The groups that an answer belongs to: its stage's, its operation's, its round's, and that of both. */
  #groupsOf({ generator, stage, operation, round }: Origin): readonly GroupTally[] {
    const parts = [
      { operation: null, round: null },
      { operation, round: null },
      ...(round === null
        ? []
        : [
            { operation: null, round },
            { operation, round },
          ]),
    ];
    return parts.map((part) => {
      const name = { generator, stage, ...part };
      const key = JSON.stringify(name);
      const group = this.#groups.get(key) ?? new GroupTally(name);
      this.#groups.set(key, group);
      return group;
    });
  }
}

/** By name, a whole before its parts; rounds by number. */
function inOrder(one: OutputSpaceGroup, other: OutputSpaceGroup): number {
  const rankOf = ({ generator, stage, operation, round }: OutputSpaceGroup): string[] => {
    const number = round === null ? '' : String(round).padStart(9, '0');
    return [generator, stage, operation ?? '', number];
  };
  return JSON.stringify(rankOf(one)) < JSON.stringify(rankOf(other)) ? -1 : 1;
}

class GroupTally {
  #answers = 0;
  readonly #top1 = new DistributionTally(PROBABILITY_GRID);
  readonly #entropy = new DistributionTally(ENTROPY_GRID);

  constructor(private readonly name: Pick<OutputSpaceGroup, 'generator' | 'stage' | 'operation' | 'round'>) {}

  add({ top1, entropy }: Exclude<Measurement, Unmeasured>): void {
    this.#answers++;
    for (const value of top1) this.#top1.add(value);
    for (const value of entropy) this.#entropy.add(value);
  }

  get group(): OutputSpaceGroup {
    const { distribution: top1 } = this.#top1;
    return { ...this.name, answers: this.#answers, top1, entropy: this.#entropy.distribution };
  }
}

const meanOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
