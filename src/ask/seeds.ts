import { resolve } from 'node:path';
import type { DataOptions } from '../rows/data-options.js';
import type { Example, ParsedRow } from '../rows/example.js';
import { fingerprint, type Fingerprint } from '../rows/fingerprint.js';
import { openRows } from '../rows/open-rows.js';
import { openedAs, type OpenedAs } from '../rows/opened-as.js';
import { parseSourceRow } from '../rows/parse-source-row.js';
import { dataOf } from '../runs/run-data.js';
import type { RowLayout } from '../rows/row-layout.js';
import { settleLayout } from '../rows/settle-layout.js';
import type { RowSource } from '../rows/source-row.js';
import type { Seed } from './seed.js';

/** Which rows, of files, globs, directories or run directories. */
type SeedOptions = Omit<DataOptions, 'rows'> & { readonly signal?: AbortSignal };

/** A row to work on, with the columns that it came in. */
export interface SeedRow {
  readonly seed: Seed;
  readonly record: Readonly<Record<string, unknown>>;
}

/** The rows that a run works on, as a stream that may be read any number of times. */
export class SeedSource {
  private constructor(
    private readonly rows: RowSource,
    private readonly signal: AbortSignal | undefined,
    readonly layout: RowLayout,
    /** What a run's identity says of them. */
    readonly files: readonly Fingerprint[],
    readonly opened: OpenedAs,
    /** How many rows there are. */
    readonly total: number,
  ) {}

  /** @throws EvosiftError `bad_data`, `bad_argument`. */
  static async open(options: SeedOptions): Promise<SeedSource> {
    const { data = [], limit = Infinity, signal } = options;
    const rows = await openRows(await dataOf(data), options);
    const layout = await settleLayout(rows, options).catch((error: unknown) =>
      settleLayout(withoutAnswers(rows), options).catch(() => {
        throw error;
      }),
    );
    const files = await fingerprint(rows.files, signal);
    return new SeedSource(rows, signal, layout, files, openedAs(options), Math.min(limit, await rows.count()));
  }

  /** Absolute. */
  get paths(): readonly string[] {
    return this.rows.files.map(({ path }) => resolve(path));
  }

  /** In order; ends early where the signal aborts. */
  [Symbol.asyncIterator](): AsyncGenerator<SeedRow, void, undefined> {
    return this.until(() => false);
  }

  /** In order; ends early where the signal aborts or `isOver` says so. */
  async *until(isOver: () => boolean): AsyncGenerator<SeedRow, void, undefined> {
    for await (const source of withoutAnswers(this.rows).rows({ to: this.total })) {
      if (this.signal?.aborted === true || isOver()) return;
      const row = parseSourceRow(source, this.layout, this.rows.files);
      yield { seed: seedOf(source.index, row), record: source.record ?? {} };
    }
  }
}

/** The rows, where an `output` column that is missing reads as empty: instructions without answers are seeds, too. */
const withoutAnswers = (rows: RowSource): Pick<RowSource, 'rows'> => ({
  async *rows(range) {
    for await (const row of rows.rows(range)) {
      yield row.record === null ? row : { ...row, record: { output: '', ...row.record } };
    }
  },
});

function seedOf(index: number, row: ParsedRow): Seed {
  if (!row.ok) return { ok: false, index, reason: row.reason, detail: row.detail };
  const exchange = singleExchange(row.example);
  if (exchange === null) {
    return {
      ok: false,
      index,
      reason: 'multi_turn',
      detail: `row ${index} is of several turns, which are not evolved`,
    };
  }
  const { instruction, input, response } = exchange;
  if (instruction.trim() === '') {
    return { ok: false, index, reason: 'empty_instruction', detail: `row ${index} has no instruction` };
  }
  const id = String(index);
  const variant = {
    id,
    seed: id,
    parent: null,
    round: 0,
    instruction,
    input,
    response: response === '' ? null : response,
  };
  return { ok: true, index, variant };
}

/** The one question of a row and its answer; null where there is more in it. */
function singleExchange(example: Example): { instruction: string; input: string; response: string } | null {
  if (example.kind === 'exchange') return example.history.length === 0 && example.system === '' ? example : null;
  const [question, answer, ...others] = example.messages;
  if (question?.role !== 'user' || others.length > 0 || (answer !== undefined && answer.role !== 'assistant'))
    return null;
  return { instruction: question.content, input: '', response: answer?.content ?? '' };
}
