/** Where a row of an evolution comes from, in the words of `lineage.jsonl`. */
export interface RowLineage {
  readonly op: string | null;
  readonly generator: string | null;
  readonly round: number | null;
  readonly parent: string | null;
  /** The seed's id. */
  readonly seed: string | null;
}

/** The lineage of a row of `dataset.jsonl`: some of it stands in columns, the rest in `evosift`, which ranking replaces. */
export function lineageOf(record: Readonly<Record<string, unknown>>): RowLineage {
  const { op, generator, parent } = Object(record['evosift']) as Readonly<Record<string, unknown>>;
  const { lineage, round } = record;
  return {
    op: textOrNull(op),
    generator: textOrNull(generator),
    round: typeof round === 'number' ? round : null,
    parent: textOrNull(parent),
    seed: textOrNull(lineage),
  };
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
