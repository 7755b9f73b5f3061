import { hash } from 'node:crypto';
import { quiet } from '../../async/iterate.js';
import { EvosiftError } from '../../base/errors.js';
import { canonicalJson } from '../../base/json.js';
import { IndexedLog } from '../../files/indexed-log.js';
import type { LogFormat } from '../../files/log-index.js';
import type { JournalAnswer } from '../../llm/journal/journal-answers.js';
import type { PositionStatistics } from './logprob-statistics.js';

interface Kept extends PositionStatistics {
  readonly key: string;
}

/** A line: values as base64 of f32, little-endian. */
interface KeptFields {
  readonly key: string;
  readonly top1: string;
  readonly entropy: string;
}

const FORMAT: LogFormat<Kept> = {
  parse: parseLine,
  textOf: ({ key, top1, entropy }) =>
    `${JSON.stringify({ key, top1: encode(top1), entropy: encode(entropy) } satisfies KeptFields)}\n`,
  keyOf: ({ key }) => key,
  groupOf: null,
  keeps: 'first',
  damaged: (path, line) =>
    new EvosiftError(
      'bad_data',
      `${path} line ${line} is damaged; remove that line, so that its answer is measured again`,
    ),
};

const encode = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

const decode = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

function parseLine(text: string): Kept | null {
  try {
    const { key, top1, entropy } = JSON.parse(text) as KeptFields;
    const kept = { key: String(key), top1: decode(top1), entropy: decode(entropy) };
    return kept.key.length === 64 && kept.top1.length === kept.entropy.length ? kept : null;
  } catch {
    return null;
  }
}

/** What was measured of answers, in a file that only grows: each is found by what it depends on. */
export class KeptMeasurements implements AsyncDisposable {
  #failure: { readonly error: unknown } | null = null;

  private constructor(
    private readonly log: IndexedLog<Kept>,
    private readonly identity: object,
  ) {}

  /**
   * @param identity What measurements depend on beside prompt and answer: the model, and how many positions.
   * @throws EvosiftError as `IndexedLog.open`.
   */
  static async open(path: string, identity: object): Promise<KeptMeasurements> {
    return new KeptMeasurements(await IndexedLog.open(path, FORMAT), identity);
  }

  async find(answer: JournalAnswer): Promise<PositionStatistics | null> {
    const [kept] = (await this.log.find(this.#keyOf(answer))) ?? [];
    return kept === undefined ? null : { top1: kept.top1, entropy: kept.entropy };
  }

  /** Has it written soon. @throws What a write before threw. */
  keep(answer: JournalAnswer, { top1, entropy }: PositionStatistics): void {
    if (this.#failure !== null) throw this.#failure.error;
    const written = quiet(this.log.append({ key: this.#keyOf(answer), top1, entropy }));
    written.catch((error: unknown) => (this.#failure ??= { error }));
  }

  /** Resolves when all is durable. @throws EvosiftError `disk_full`. */
  flush(): Promise<void> {
    return this.log.flush();
  }

  #keyOf({ messages, completion }: JournalAnswer): string {
    return hash('sha256', canonicalJson([this.identity, messages, completion.text]));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.log.close();
  }
}
