import type { DataOptions } from '../rows/data-options.js';
import type { Example, ParsedRow } from '../rows/example.js';
import { answerOf } from '../rows/message-parts.js';
import { fingerprint, type Fingerprint } from '../rows/fingerprint.js';
import type { Logger } from '../base/logger.js';
import { openData } from '../rows/open-data.js';
import { openedAs, type OpenedAs } from '../rows/opened-as.js';
import { parseSourceRow } from '../rows/parse-source-row.js';
import { dataOf } from '../runs/run-data.js';
import type { RowLayout } from '../rows/row-layout.js';
import { settleLayout } from '../rows/settle-layout.js';
import type { RowSource, SourceRow } from '../rows/source-row.js';
import type { Seed } from './seed.js';

/** Which rows, of files, globs, directories, run directories or datasets of the hub. */
type SeedOptions = Omit<DataOptions, 'rows'> & { readonly signal?: AbortSignal; readonly logger?: Logger };

/** A row to work on, with the columns that it came in. */
export interface SeedRow {
  readonly seed: Seed;
  /** The whole row; null where it can't be read. */
  readonly example: Example | null;
  readonly record: Readonly<Record<string, unknown>>;
  /** As `scores.jsonl` has them; the hash is null where the row can't be read. */
  readonly key: { readonly hash: string | null; readonly id: string | number | null; readonly index: number };
  /** The file that it is in: absolute, or its name on the hub. */
  readonly path: string;
}

/** The rows that a run works on, as a stream that may be read any number of times. */
export class SeedSource {
  private constructor(
    private readonly rows: RowSource,
    private readonly signal: AbortSignal | undefined,
    /** Absolute, or names on the hub. */
    readonly paths: readonly string[],
    readonly layout: RowLayout,
    /** What a run's identity says of them. */
    readonly files: readonly Fingerprint[],
    readonly opened: OpenedAs,
    /** How many rows there are. */
    readonly total: number,
  ) {}

  /** @throws EvosiftError `bad_data`, `bad_argument`. */
  static async open(options: SeedOptions): Promise<SeedSource> {
    const { data = [], hub = false, limit = Infinity, signal } = options;
    const { rows, names } = await openData(hub ? data : await dataOf(data), options);
    const layout = await settleLayout(rows, options).catch((error: unknown) =>
      settleLayout(withoutAnswers(rows), options).catch(() => {
        throw error;
      }),
    );
    const files = await fingerprint(rows.files, signal);
    return new SeedSource(rows, signal, names, layout, files, openedAs(options), Math.min(limit, await rows.count()));
  }

  /** In order; ends early where the signal aborts. */
  [Symbol.asyncIterator](): AsyncGenerator<SeedRow, void, undefined> {
    return this.until(() => false);
  }

  /** In order; ends early where the signal aborts or `isOver` says so. */
  async *until(isOver: () => boolean): AsyncGenerator<SeedRow, void, undefined> {
    for await (const source of withoutAnswers(this.rows).rows({ to: this.total })) {
      if (this.signal?.aborted === true || isOver()) return;
      const row = parseSourceRow(source, this.layout, this.rows.files, { answered: false });
      const { index } = source;
      yield {
        seed: seedOf(index, row),
        example: row.ok ? row.example : null,
        record: source.record ?? {},
        key: { hash: this.#scoredHash(source, row), id: row.id, index },
        path: this.paths[source.file] ?? '',
      };
    }
  }

  /** The row's hash as scoring has it: there what is said behind the last answer is no part of a row. */
  #scoredHash(source: SourceRow, row: ParsedRow): string | null {
    if (!row.ok) return null;
    const last = row.example.kind === 'exchange' ? null : row.example.messages.at(-1);
    if (last === null || (last?.role === 'assistant' && last.context !== true)) return row.hash;
    const scored = parseSourceRow(source, this.layout, this.rows.files);
    return scored.ok ? scored.hash : row.hash;
  }
}

/** The rows, where an `output` column that is missing reads as empty: instructions without answers are seeds, too. */
export const withoutAnswers = (rows: RowSource): Pick<RowSource, 'rows'> => ({
  async *rows(range) {
    for await (const row of rows.rows(range)) {
      yield row.record === null ? row : { ...row, record: { output: '', ...row.record } };
    }
  },
});

function seedOf(index: number, row: ParsedRow): Seed {
  if (!row.ok) return { ok: false, index, reason: row.reason, detail: row.detail };
  const { question, input, answer, ignored } = lastExchange(row.example);
  if (question.trim() === '') {
    return { ok: false, index, reason: 'empty_instruction', detail: `row ${index} has no instruction` };
  }
  const id = String(index);
  const { text, reasoning } = answer;
  const response = text === '' ? null : text;
  const variant = { id, seed: id, parent: null, round: 0, instruction: question, input, response, reasoning };
  return { ok: true, index, variant, ignored };
}

interface LastExchange {
  readonly question: string;
  readonly input: string;
  readonly answer: { readonly text: string; readonly reasoning: string | null };
  readonly ignored: Extract<Seed, { ok: true }>['ignored'];
}

/** What a row's last user message asks, and what is answered at last. */
function lastExchange(example: Example): LastExchange {
  const tools = example.tools === undefined ? [] : (['tools'] as const);
  if (example.kind === 'exchange') {
    const { instruction: question, input, response, reasoning = null, system, history } = example;
    const has = [
      ...(system === '' ? [] : (['system'] as const)),
      ...(history.length === 0 ? [] : (['history'] as const)),
    ];
    return { question, input, answer: { text: response, reasoning }, ignored: [...has, ...tools] };
  }
  const { messages } = example;
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  const answer = messages.at(-1);
  const others = messages.slice(0, Math.max(asked, 0));
  const system = others.some(({ role }) => role === 'system') ? (['system'] as const) : [];
  const history = others.some(({ role }) => role !== 'system') ? (['history'] as const) : [];
  return {
    question: messages[asked]?.content ?? '',
    input: '',
    answer: answer?.role === 'assistant' ? answerOf(answer) : { text: '', reasoning: null },
    ignored: [...system, ...history, ...tools],
  };
}
