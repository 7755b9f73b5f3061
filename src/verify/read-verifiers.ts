import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EvosiftError, messageOf } from '../base/errors.js';
import { byteOrderMark, isBlank, OPEN_ARRAY } from '../files/bytes.js';
import { readChunks } from '../files/chunks.js';
import { withoutCompression } from '../files/compression.js';
import { JsonLinesSplitter } from '../files/json-lines.js';
import { isTooLong, LARGEST_ROW, type RowSlice, type RowSplitter } from '../files/row-splitter.js';
import { JsonArraySplitter } from '../rows/readers/json-array.js';
import { AUTOIF_RUN } from '../runs/generation-run.js';
import { readAnyManifest } from '../runs/read-run.js';
import { parseVerifier, VerifierFault } from './parse-verifier.js';
import type { Verifier } from './verifier.js';
import { VerifierSet } from './verifier-set.js';

/**
 * Reads verifiers: the kept ones of a run of AutoIF, or those of a file of JSON lines or one JSON array (see
 * `parseVerifier`). A constraint that comes several times has all its functions, each once.
 *
 * @param source A run directory, or a file, which may be compressed.
 * @throws EvosiftError `bad_data`, naming file and line.
 */
export async function readVerifiers(source: string): Promise<readonly Verifier[]> {
  return (await readVerifierSet(source)).verifiers;
}

export async function readVerifierSet(source: string): Promise<VerifierSet> {
  const path = await verifiersFile(source);
  const set = new VerifierSet();
  for await (const row of rowsOf(path)) {
    const place = `${path} line ${row.line}`;
    if (isTooLong(row)) throw new EvosiftError('bad_data', `${place}: the line is longer than any can be`);
    const verifier = verifierOf(row.bytes, place);
    if (verifier !== null && verifier.functions.length > 0) set.add(verifier);
  }
  if (set.verifiers.length > 0) return set;
  throw new EvosiftError('bad_data', `${path} holds no function that checks a constraint`, { option: 'functions' });
}

function verifierOf(bytes: Buffer, place: string): Verifier | null {
  try {
    return parseVerifier(JSON.parse(bytes.toString()));
  } catch (error) {
    const fault = error instanceof VerifierFault ? error.message : `it is not JSON (${messageOf(error)})`;
    throw new EvosiftError('bad_data', `${place} is no constraint with functions: ${fault}`, { cause: error });
  }
}

/**
 * The file that verifiers are read from: of a run its own, else the one that is named.
 *
 * @throws EvosiftError `bad_data` where a directory is no run of AutoIF, or has none yet.
 */
export async function verifiersFile(source: string): Promise<string> {
  if (statSync(source, { throwIfNoEntry: false })?.isDirectory() !== true) return source;
  const { identity } = await readAnyManifest<{ readonly kind?: string }>(source);
  if (identity.kind !== 'autoif') {
    const kind = identity.kind ?? 'score';
    throw new EvosiftError('bad_data', `${source} holds no functions: it is a run of \`evosift ${kind}\``, {
      option: 'functions',
    });
  }
  const path = join(source, AUTOIF_RUN.files.verifiers);
  if (existsSync(path)) return path;
  throw new EvosiftError('bad_data', `${source} has no functions yet; finish its \`evosift autoif\` first`, {
    option: 'functions',
  });
}

/** The lines of a file, or the values of the array that it is. */
async function* rowsOf(path: string): AsyncGenerator<RowSlice> {
  let splitter: RowSplitter | null = null;
  for await (const chunk of readChunks(path, withoutCompression(path).compression)) {
    const mark: number = splitter === null ? byteOrderMark(chunk) : 0;
    const bytes = chunk.subarray(mark);
    splitter ??=
      bytes.find((byte) => !isBlank(byte)) === OPEN_ARRAY
        ? new JsonArraySplitter(path, { offset: mark, line: 1, isInside: false }, LARGEST_ROW)
        : new JsonLinesSplitter(mark);
    const rows: RowSlice[] = [];
    splitter.push(bytes, rows);
    yield* rows;
  }
  const rows: RowSlice[] = [];
  splitter?.end(rows);
  yield* rows;
}
