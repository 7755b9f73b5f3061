import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetRow } from '../../src/evolve/dataset.js';
import type { EvolveReport } from '../../src/evolve/evolve.js';
import type { LineageLine } from '../../src/evolve/lineage.js';
import { readJsonLines } from './scored-rows.js';

const RIVERS = ['the Danube', 'the Mekong', 'the Niger', 'the Amazon', 'the Murray', 'the Yukon', 'the Indus'];

/** A new folder with `seeds.jsonl`: so many rows of Alpaca. */
export async function seedFolder(rows: number): Promise<{ readonly folder: string; readonly data: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-evolve-'));
  const data = join(folder, 'seeds.jsonl');
  const lines = Array.from({ length: rows }, (_, index) =>
    JSON.stringify({
      instruction: `Explain how ${RIVERS[index % RIVERS.length]} shapes the towns on its banks, part ${index}.`,
      input: '',
      output: `It carries goods and floods the meadows, which is why town ${index} stands on a hill.`,
    }),
  );
  await writeFile(data, `${lines.join('\n')}\n`);
  return { folder, data };
}

export const lineageOf = (run: string): LineageLine[] => readJsonLines<LineageLine>(join(run, 'lineage.jsonl'));
export const datasetOf = (run: string): DatasetRow[] => readJsonLines<DatasetRow>(join(run, 'dataset.jsonl'));

export const summaryOf = (run: string): EvolveReport => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));

export const journalLines = (run: string): number =>
  readFileSync(join(run, 'journal.jsonl'), 'utf8').split('\n').length - 1;

/** What two runs of the same must agree in, to the byte; the summary without what each start says of itself. */
export async function resultOf(run: string): Promise<object> {
  const { start, ...summary } = summaryOf(run);
  const lineage = join(run, 'lineage.jsonl');
  return {
    lineage: existsSync(lineage) ? await readFile(lineage, 'utf8') : null,
    dataset: await readFile(join(run, 'dataset.jsonl'), 'utf8'),
    summary,
    measured: Object.keys(start),
  };
}

/** The bytes of every file under a folder. */
export async function allFiles(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
}
