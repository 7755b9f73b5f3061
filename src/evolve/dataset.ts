import type { Variant } from '../ask/variant.js';
import { scoreFields, type LineageLine } from './lineage.js';
import type { Survivor } from './survivor.js';

/** A line of an evolution's `dataset.jsonl`: Alpaca, with where it comes from. */
export interface DatasetRow {
  readonly id: string;
  /** The seed's id. */
  readonly lineage: string;
  readonly round: number;
  readonly instruction: string;
  readonly input: string;
  /** Empty where it has no response of its own. */
  readonly output: string;
  /** What the generator thought before it answered; absent where it did not. */
  readonly reasoning_content?: string;
  readonly evosift: {
    readonly op: string | null;
    readonly generator: string | null;
    readonly parent: string | null;
  } & Partial<Pick<LineageLine, 'loss_q' | 'loss_a_given_q' | 'loss_a' | 'ifd' | 'ic_ifd' | 'score_reason'>>;
}

export function datasetRow({ variant, op, generator, scores }: Survivor): DatasetRow {
  const { parent } = variant;
  return { ...textFields(variant), evosift: { op, generator, parent, ...scoreFields(scores) } };
}

export const seedRow = (variant: Variant, scores: Survivor['scores']): DatasetRow => ({
  ...textFields(variant),
  evosift: { op: null, generator: null, parent: null, ...scoreFields(scores) },
});

const textFields = ({ id, seed, round, instruction, input, response, reasoning }: Variant) => ({
  id,
  lineage: seed,
  round,
  instruction,
  input,
  output: response ?? '',
  ...(reasoning !== null && { reasoning_content: reasoning }),
});
