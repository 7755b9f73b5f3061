import { createHash } from 'node:crypto';
import { EvosiftError } from '../../base/errors.js';
import { openData } from '../../rows/open-data.js';
import { answerOf } from '../../rows/message-parts.js';
import { parseSourceRow } from '../../rows/parse-source-row.js';
import type { RowLayout } from '../../rows/row-layout.js';
import { settleLayout } from '../../rows/settle-layout.js';
import type { RowSource, SourceRow } from '../../rows/source-row.js';
import { dataOf } from '../../runs/run-data.js';
import { responseOf } from '../../verify/row-texts.js';

/** Answers by the ids of pairs, from a file that some other program wrote. */
export class RecordedResponses {
  readonly #unused: Set<string>;

  private constructor(private readonly byPair: ReadonlyMap<string, readonly string[]>) {
    this.#unused = new Set(byPair.keys());
  }

  /** Hex sha-256 of all answers, whatever the order of the pairs. */
  get digest(): string {
    const pairs = [...this.byPair].sort(([one], [other]) => (one < other ? -1 : 1));
    return createHash('sha256').update(JSON.stringify(pairs)).digest('hex');
  }

  /**
   * Reads rows with an `id`, a pair's, and either `responses`, a list of texts, or one answer: as `response` or `output`, or
   * as rows of any format have it. Several rows of one pair are several answers. What was thought aloud in them is left
   * out.
   *
   * @throws EvosiftError `bad_data` where the file can't be read, or no row has an id and an answer.
   */
  static async read(path: string): Promise<RecordedResponses> {
    const { rows } = await openData(await dataOf([path]), {});
    const layout = await settleLayout(rows, {}).catch(() => null);
    const byPair = new Map<string, string[]>();
    for await (const row of rows) {
      const id = row.record?.['id'];
      if (typeof id !== 'string' && typeof id !== 'number') continue;
      const known = byPair.get(String(id)) ?? [];
      known.push(...answersOf(row, rows, layout));
      byPair.set(String(id), known);
    }
    if ([...byPair.values()].some((answers) => answers.length > 0)) return new RecordedResponses(byPair);
    throw new EvosiftError(
      'bad_data',
      `${path}: no row has an id and an answer; rows are {"id": …, "responses": […]}, with the ids of pairs.jsonl`,
      { option: 'responsesFile' },
    );
  }

  /** Ids that no pair had so far. */
  get unused(): readonly string[] {
    return [...this.#unused];
  }

  /** The answers to a pair, in the order of the file. */
  of(pair: string): readonly string[] {
    this.#unused.delete(pair);
    return this.byPair.get(pair) ?? [];
  }
}

/** @param layout Null where the columns are none of the formats'. */
function answersOf(row: SourceRow, { files }: RowSource, layout: RowLayout | null): readonly string[] {
  const { responses, response, output } = row.record ?? {};
  if (Array.isArray(responses)) return responses.filter((one) => typeof one === 'string').map(spoken);
  const parsed = layout === null ? null : parseSourceRow(row, layout, files, { answered: false });
  const whole = parsed?.ok === true ? responseOf(parsed.example) : null;
  if (whole !== null) return [whole];
  const alone = [response, output].find((one) => typeof one === 'string');
  return alone === undefined ? [] : [spoken(alone)];
}

const spoken = (content: string): string => answerOf({ role: 'assistant', content }).text;
