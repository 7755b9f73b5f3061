import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { unreadable } from '../files/file-error.js';
import { readManifest, RUN_FILES } from './read-run.js';
import { PlaceTable } from '../files/place-table.js';
import type { RunIdentity } from './run-identity.js';
import { identityDifferences } from './compare-identity.js';
import { readScoreLines, type PlacedLine } from './score-file.js';
import type { ScoreLine } from './score-line.js';

/** What the score of a given content does not depend on. */
const DATA_FIELDS = ['data', 'format', 'columns', 'answer', 'shard'] as const;

/** Scores that need not be computed again. */
export interface KnownScores {
  /** The lines of a row of this content (several where each turn has its own), or null. */
  find(hash: string): Promise<readonly ScoreLine[] | null>;
}

/**
 * The scores of an earlier run by content hash, for `--reuse`. Only places are held in memory: about 40 bytes a row.
 */
export class ReuseIndex implements KnownScores, AsyncDisposable {
  readonly #file: FileHandle;
  readonly #places: PlaceTable;

  private constructor(file: FileHandle, places: PlaceTable) {
    this.#file = file;
    this.#places = places;
  }

  /**
   * Throws `bad_data` where `run` is no run, `run_mismatch` where its scores were made otherwise than `identity` says
   * (data, format and columns aside).
   */
  static async open(run: string, identity: RunIdentity): Promise<ReuseIndex> {
    const manifest = await readManifest(run);
    const differences = identityDifferences(manifest.identity, identity, DATA_FIELDS);
    if (differences.length > 0) {
      const text = `--reuse ${run}: its scores were made otherwise: ${differences.slice(0, 3).join('; ')}`;
      throw new EvosiftError('run_mismatch', text);
    }
    const path = join(run, RUN_FILES.scores);
    const places = new PlaceTable();
    for await (const row of rowsOf(path)) {
      const [first] = row;
      if (first?.line.hash == null || row.some(({ line }) => line.reason === 'worker_failed')) continue;
      places.add(
        first.line.hash,
        first.offset,
        row.reduce((length, placed) => length + placed.length, 0),
      );
    }
    const file = await open(path, 'r').catch((error: unknown) => {
      throw unreadable(path, error);
    });
    return new ReuseIndex(file, places);
  }

  /** Rows that can be reused. */
  get size(): number {
    return this.#places.size;
  }

  async find(hash: string): Promise<readonly ScoreLine[] | null> {
    const place = this.#places.find(hash);
    if (place === null) return null;
    const bytes = Buffer.allocUnsafe(place.length);
    await this.#file.read(bytes, 0, place.length, place.offset);
    const lines = bytes.toString().trimEnd().split('\n');
    const row = lines.map((line) => JSON.parse(line) as ScoreLine);
    // The table goes by half of the hash.
    return row[0]?.hash === hash ? row : null;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The lines of a file by row. */
async function* rowsOf(path: string): AsyncGenerator<PlacedLine[]> {
  let row: PlacedLine[] = [];
  for await (const placed of readScoreLines(path)) {
    if (row[0] !== undefined && row[0].line.index !== placed.line.index) {
      yield row;
      row = [];
    }
    row.push(placed);
  }
  if (row.length > 0) yield row;
}
