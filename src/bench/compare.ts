import { alignColumns } from '../base/columns.js';
import { readFile } from 'node:fs/promises';
import { isRecord } from '../base/json.js';
import { EvosiftError, messageOf } from '../base/errors.js';

/** One figure in two reports; null where a report lacks it. */
export interface ComparedFigure {
  readonly name: string;
  readonly a: number | null;
  readonly b: number | null;
  /** b / a; null where one is missing or a is 0. */
  readonly ratio: number | null;
}

export interface Comparison {
  /** What the figures are: a kernel's median microseconds, or a field of a throughput report. */
  readonly of: 'median_us' | 'throughput';
  readonly figures: readonly ComparedFigure[];
}

/** What a report says, by name, in its order. */
export interface Report {
  readonly file: string;
  readonly kind: Comparison['of'];
  readonly figures: ReadonlyMap<string, number>;
}

/**
 * Reads what `bench kernels --json` or `bench throughput --json` printed.
 *
 * @throws EvosiftError `bad_data` where the file cannot be read or holds neither.
 */
export async function readReport(file: string): Promise<Report> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const why = messageOf(cause);
    throw new EvosiftError('bad_data', `Cannot read the report ${file}: ${why}`, { cause });
  }
  if (isRecord(json) && Array.isArray(json.kernels)) {
    return { file, kind: 'median_us', figures: kernelFigures(file, json.kernels) };
  }
  if (isRecord(json) && typeof json.tokens_s === 'number') {
    return { file, kind: 'throughput', figures: new Map(numbersOf(json, '')) };
  }
  throw new EvosiftError(
    'bad_data',
    `${file} is no report of evosift bench: write it with bench kernels --json or bench throughput --json.`,
  );
}

/**
 * Pairs two reports' figures by name: a's order, then those that only b has.
 *
 * @throws EvosiftError `bad_data` where the reports are of different kinds.
 */
export function compareReports(a: Report, b: Report): Comparison {
  if (a.kind !== b.kind) {
    const [kernels, throughput] = a.kind === 'median_us' ? [a, b] : [b, a];
    throw new EvosiftError('bad_data', `${kernels.file} is of bench kernels, ${throughput.file} of bench throughput.`);
  }
  const figures = [...new Set([...a.figures.keys(), ...b.figures.keys()])].map((name) => {
    const [left, right] = [a.figures.get(name) ?? null, b.figures.get(name) ?? null];
    return { name, a: left, b: right, ratio: left === null || right === null || left === 0 ? null : right / left };
  });
  return { of: a.kind, figures };
}

/** A comparison as a table for people. */
export function comparisonTable({ of, figures }: Comparison): string {
  const head = of === 'median_us' ? ['kernel', 'a, µs', 'b, µs', 'b / a'] : ['field', 'a', 'b', 'b / a'];
  const rows = figures.map(({ name, a, b, ratio }) => [
    name,
    show(a),
    show(b),
    ratio === null ? '-' : ratio.toFixed(3),
  ]);
  return alignColumns([head, ...rows], ['left', 'right', 'right', 'right'])
    .map((line) => `${line}\n`)
    .join('');
}

const show = (x: number | null): string => (x === null ? '-' : Number.isInteger(x) ? String(x) : x.toPrecision(4));

function kernelFigures(file: string, kernels: readonly unknown[]): Map<string, number> {
  const figures = new Map<string, number>();
  for (const [index, kernel] of kernels.entries()) {
    if (!isRecord(kernel) || typeof kernel.median_us !== 'number') {
      throw new EvosiftError('bad_data', `${file}: kernels[${index}] has no number median_us.`);
    }
    const { op, variant, shape, size, dtype } = kernel;
    const names = [op, variant, shape, size, dtype].filter((name) => name !== undefined);
    figures.set(names.map(String).join(' '), kernel.median_us);
  }
  return figures;
}

/** The numbers of an object and of the objects in it, each by its path. What the machine is, is no figure. */
function* numbersOf(object: Readonly<Record<string, unknown>>, prefix: string): Generator<[string, number]> {
  for (const [key, value] of Object.entries(object)) {
    if (typeof value === 'number') yield [`${prefix}${key}`, value];
    else if (isRecord(value) && key !== 'machine') yield* numbersOf(value, `${prefix}${key}.`);
  }
}
