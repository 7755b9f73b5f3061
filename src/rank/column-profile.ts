const INTEGER = /^-?\d+$/;
const NUMBER = /^-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)$|^NaN$/;
/** A number as a program writes it: `007` and `+5` are text. */
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
const DECIMAL_DIGITS = 38;

type Kind = 'text' | 'boolean' | 'nested' | 'fraction' | 'int53' | 'int64' | 'uint64' | 'decimal38' | 'longer';

/** How a column is typed; `NESTED` are lists and objects. */
export type ColumnType = 'VARCHAR' | 'BOOLEAN' | 'DOUBLE' | 'BIGINT' | 'UBIGINT' | 'DECIMAL(38,0)' | 'NESTED';

/**
 * Watches a column's values go by, as JSON text, and says which SQL type holds all of them exactly. Strings stay text,
 * whatever they look like; a column of mixed kinds is text.
 */
export class ColumnProfile {
  readonly #kinds = new Set<Kind>();
  #negative = false;
  #longNumbersInside = false;

  add(json: string): void {
    if (json === 'null') return;
    if (json.startsWith('"')) this.#kinds.add('text');
    else if (json === 'true' || json === 'false') this.#kinds.add('boolean');
    else if (json.startsWith('{') || json.startsWith('[')) {
      this.#kinds.add('nested');
      this.#longNumbersInside ||= /\d{19}/.test(json);
    } else this.#addNumber(json);
  }

  /** A CSV field, in a column that counts as numbers if all its fields are such. */
  addField(field: string): void {
    if (field === '') return;
    if (PLAIN_NUMBER.test(field)) this.#addNumber(field);
    else this.#kinds.add('text');
  }

  #addNumber(text: string): void {
    if (!INTEGER.test(text)) {
      this.#kinds.add(NUMBER.test(text) ? 'fraction' : 'text');
      return;
    }
    this.#negative ||= text.startsWith('-');
    this.#kinds.add(Number.isSafeInteger(Number(text)) ? 'int53' : wideKind(BigInt(text)));
  }

  /** Nested values hold integers that SQL types might round. */
  get hasLongNumbersInside(): boolean {
    return this.#longNumbersInside;
  }

  get type(): ColumnType {
    const kinds = this.#kinds;
    const only = (...allowed: Kind[]): boolean => [...kinds].every((kind) => allowed.includes(kind));
    if (kinds.size === 0 || kinds.has('text')) return 'VARCHAR';
    if (only('boolean')) return 'BOOLEAN';
    if (only('nested')) return 'NESTED';
    if (only('int53', 'int64')) return 'BIGINT';
    if (only('int53', 'int64', 'uint64') && !this.#negative) return 'UBIGINT';
    if (only('int53', 'int64', 'uint64', 'decimal38')) return 'DECIMAL(38,0)';
    if (only('int53', 'fraction')) return 'DOUBLE';
    return 'VARCHAR';
  }
}

function wideKind(value: bigint): Kind {
  if (value >= -INT64_MAX - 1n && value <= INT64_MAX) return 'int64';
  if (value > 0n && value <= UINT64_MAX) return 'uint64';
  return String(value).replace('-', '').length <= DECIMAL_DIGITS ? 'decimal38' : 'longer';
}

/**
 * SQL for the typed value of a `cell` that holds JSON text.
 *
 * @param nested What a list or object becomes.
 */
export function typedCell(cell: string, type: ColumnType, nested = `CAST(${cell} AS JSON)`): string {
  if (type === 'VARCHAR') return `json_extract_string(${cell}, '$')`;
  if (type === 'NESTED') return nested;
  return `CAST(NULLIF(trim(${cell}, '"'), '') AS ${type})`;
}

/** As `typedCell`, for a declared SQL type: what a Parquet file calls it. */
export function declaredCell(cell: string, type: string): string {
  if (/\]$|^(?:STRUCT|MAP)\b/.test(type)) {
    const fromText = `CAST(json_extract_string(${cell}, '$') AS ${type})`;
    return `CASE WHEN starts_with(${cell}, '"') THEN ${fromText} ELSE CAST(CAST(${cell} AS JSON) AS ${type}) END`;
  }
  if (/INT|FLOAT|DOUBLE|DECIMAL/.test(type)) return `CAST(trim(${cell}, '"') AS ${type})`;
  return `CAST(json_extract_string(${cell}, '$') AS ${type})`;
}
