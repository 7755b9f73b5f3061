import { stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { unreadable } from '../base/file-error.js';
import { byteOrderMark } from '../files/bytes.js';
import { readChunks } from '../files/chunks.js';
import { compressionOf, withoutCompression, type Compression } from '../files/compression.js';
import { detectObject } from './json-object-file.js';
import type { DataFormat, OpenRowsOptions, SourceFile } from './source-row.js';

const DATA_FORMATS: Readonly<Record<string, DataFormat>> = {
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.parquet': 'parquet',
};

/** Formats that are recognised in order to be refused: first bytes, name, and what makes them readable. */
const REFUSED: readonly (readonly [bytes: readonly number[], name: string, remedy: string])[] = [
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'compressed with xz', 'decompress it with: xz -d'],
  [[0x42, 0x5a, 0x68], 'compressed with bzip2', 'decompress it with: bzip2 -d'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive', 'unpack it with: unzip'],
  [[0xff, 0xfe], 'UTF-16', 'convert it with: iconv -f UTF-16 -t UTF-8'],
  [[0xfe, 0xff], 'UTF-16', 'convert it with: iconv -f UTF-16 -t UTF-8'],
];

/** The format that a file's name claims (its compression aside), or null. */
export function formatByName(path: string): DataFormat | null {
  return DATA_FORMATS[extname(withoutCompression(basename(path).toLowerCase()).path)] ?? null;
}

/**
 * Looks at a file's first bytes, and at its name where they leave it open: `[` begins a JSON array and `{` JSON lines
 * whatever the name says, unless the file is one object with rows in it (which is followed to its end to see that); CSV
 * is taken from the name, or from a first line that has commas or tabs.
 *
 * @throws EvosiftError `bad_data` for a file that is missing, unreadable, empty, of a format that is not read, or of
 *   which it is not clear where its rows are; `bad_argument` where `field` is not in it.
 */
export async function detectFile(path: string, { field }: Pick<OpenRowsOptions, 'field'> = {}): Promise<SourceFile> {
  const info = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (info.isDirectory()) throw refusal(path, 'is a directory', 'name a file');
  if (!info.isFile()) throw refusal(path, 'is no regular file, so it can be read only once', "pipe it in and name '-'");
  const raw = await firstBytes(path, null);
  if (raw.length === 0) throw refusal(path, 'is empty', 'it should hold rows');
  const compression = compressionOf(raw);
  const head = compression === null ? raw : await firstBytes(path, compression);
  const file = { path, size: info.size, compression, delimiter: '', wrapped: null, orient: null };
  const found = { ...file, ...(await detectText(file, head, field)) };
  if (field === undefined || found.wrapped !== null) return found;
  throw new EvosiftError('bad_argument', `\`field\` ${field}: ${path} is no JSON object with such an array of rows`, {
    option: 'field',
  });
}

type Detected = Pick<SourceFile, 'format'> & Partial<Pick<SourceFile, 'delimiter' | 'wrapped' | 'orient'>>;

/** `head`: the first bytes, decompressed. */
async function detectText(
  { path, compression }: Pick<SourceFile, 'path' | 'compression'>,
  head: Buffer,
  field: string | undefined,
): Promise<Detected> {
  if (begins(head, Buffer.from('PAR1'))) {
    if (compression !== null) {
      throw refusal(path, 'is a compressed Parquet file', `decompress it with: ${compression} -d`);
    }
    return { format: 'parquet' };
  }
  if (begins(head, Buffer.from('ARROW1')) || path.endsWith('.arrow')) throw refusedArrow(path);
  for (const [bytes, name, remedy] of REFUSED) if (begins(head, bytes)) throw refusal(path, `is ${name}`, remedy);
  const text = head.subarray(byteOrderMark(head)).toString();
  if (text.trim() === '') throw refusal(path, 'holds nothing but blanks', 'it should hold rows');

  const named = formatByName(path);
  if (named === 'parquet') throw refusal(path, 'is named as Parquet but is none', 'its first bytes should be PAR1');
  if (named !== 'csv') {
    const first = text.trimStart()[0];
    if (first === '[') return { format: isLineOfItsOwn(text, named) ? 'jsonl' : 'json' };
    if (first === '{') {
      const isSpread = beginsSpreadObject(text);
      if (named === 'jsonl' && field === undefined && !isSpread) return { format: 'jsonl' };
      return await detectObject(path, readChunks(path, compression), { field, isSpread });
    }
    if (named !== null) return { format: 'jsonl' };
  }
  const firstLine = text.split('\n', 1)[0] ?? '';
  const delimiter =
    named === 'csv' && !/\.tsv(\.(gz|zst))?$/i.test(path) ? csvDelimiter(firstLine) : tabOrComma(firstLine);
  if (named === 'csv' || firstLine.includes(delimiter)) return { format: 'csv', delimiter };
  throw refusal(path, 'is neither JSON, JSON lines, CSV nor Parquet', 'its first line should show which');
}

/** A `.csv` written by a spreadsheet may be separated by semicolons or tabs. */
function csvDelimiter(header: string): string {
  if (header.includes(',')) return ',';
  return [';', '\t'].find((character) => header.includes(character)) ?? ',';
}

function tabOrComma(header: string): string {
  return header.includes('\t') ? '\t' : ',';
}

/** Whether a `.jsonl` file's first line, an array, is a (wrong) row rather than the beginning of one big array. */
function isLineOfItsOwn(text: string, named: DataFormat | null): boolean {
  if (named !== 'jsonl') return false;
  const line = text.trimStart().split('\n', 1)[0] ?? '';
  try {
    JSON.parse(line);
  } catch {
    return false;
  }
  return text.trimStart().slice(line.length).trim() !== '';
}

/** JSON lines begin with a whole object; a lone `{` or `{"data": [` begins one object printed over several lines. */
function beginsSpreadObject(text: string): boolean {
  const lines = text.trimStart().split('\n');
  const first = lines[0]?.trim() ?? '';
  const second = lines[1]?.trim() ?? '';
  return (first === '{' && second.startsWith('"')) || /^\{\s*"[^"]*"\s*:\s*[[{]$/.test(first);
}

async function firstBytes(path: string, compression: Compression | null): Promise<Buffer> {
  for await (const chunk of readChunks(path, compression)) return Buffer.from(chunk.subarray(0, 64 * 1024));
  return Buffer.alloc(0);
}

function begins(bytes: Buffer, prefix: ArrayLike<number>): boolean {
  return bytes.length >= prefix.length && Array.from(prefix).every((byte, i) => bytes[i] === byte);
}

function refusal(path: string, what: string, remedy: string): EvosiftError {
  return new EvosiftError('bad_data', `${path} ${what}; ${remedy}`);
}

/**
 * The error for what `datasets` calls save_to_disk, with the line that converts it. `path`: a file or folder of it;
 * `splits`: it is a folder of several data sets.
 */
export function refusedArrow(path: string, splits = false): EvosiftError {
  const folder = (path.endsWith('.arrow') ? dirname(path) : path).replace(/\/+$/, '');
  const convert = splits
    ? `[data.to_json(f'${folder}.{name}.jsonl') for name, data in load_from_disk('${folder}').items()]`
    : `load_from_disk('${folder}').to_json('${folder}.jsonl')`;
  return new EvosiftError(
    'bad_data',
    `${path} holds Arrow data, which is not read; convert it with:\n` +
      `python -c "from datasets import load_from_disk; ${convert}"`,
  );
}
