import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { formatByName, refusedArrow } from './detect-file.js';
import { systemCode } from '../base/system-error.js';
import { unreadable } from '../base/file-error.js';
import { glob, isGlob } from './glob.js';

/** What `datasets` and the hub put beside the data. */
export const METADATA: ReadonlySet<string> = new Set([
  'dataset_info.json',
  'dataset_infos.json',
  'dataset_dict.json',
  'state.json',
]);

/** Names under which a split goes, as the hub's own loader takes them; the first is the split's own. */
export const SPLIT_NAMES: readonly (readonly [string, ...string[]])[] = [
  ['train', 'training'],
  ['validation', 'valid', 'val', 'dev'],
  ['test', 'testing', 'eval', 'evaluation'],
];

/**
 * The data files that files, globs and directories stand for: in the order given, those of a glob or directory in
 * name order. Throws `bad_data` where there is nothing, where one of a hub split's numbered files is missing, and for
 * Arrow folders; `bad_argument` where a file is named twice.
 */
export async function findFiles(sources: readonly string[], split?: string): Promise<string[]> {
  if (sources.length === 0) throw new EvosiftError('bad_argument', 'no data: name files, globs or a directory');
  const found: string[] = [];
  for (const source of sources) found.push(...(await resolveSource(source, split)));
  const seen = new Set<string>();
  for (const path of found) {
    if (seen.has(resolve(path))) throw new EvosiftError('bad_argument', `${path} is named twice; name each file once`);
    seen.add(resolve(path));
  }
  return found;
}

async function resolveSource(source: string, split: string | undefined): Promise<string[]> {
  try {
    return (await stat(source)).isDirectory() ? await dataFiles(source, split) : [source];
  } catch (error) {
    if (systemCode(error) === '') throw error;
    if (systemCode(error) !== 'ENOENT' || !isGlob(source)) throw unreadable(source, error);
  }
  const matches = await glob(source);
  if (matches.length === 0) throw new EvosiftError('bad_data', `no file matches '${source}'`);
  return matches;
}

async function dataFiles(folder: string, split: string | undefined): Promise<string[]> {
  const all = await walk(folder, new Set());
  const data = all.filter((path) => formatByName(path) !== null && !METADATA.has(basename(path)));
  if (data.length === 0) {
    if (all.some((path) => path.endsWith('.arrow'))) {
      throw refusedArrow(folder, existsSync(join(folder, 'dataset_dict.json')));
    }
    throw new EvosiftError(
      'bad_data',
      `${folder} holds no data file: .json, .jsonl, .csv (also with .gz or .zst) or .parquet`,
    );
  }
  const chosen = split === undefined ? data : data.filter((path) => isOfSplit(relative(folder, path), split));
  if (chosen.length === 0) {
    const names = data.slice(0, 5).map((path) => relative(folder, path));
    throw new EvosiftError(
      'bad_data',
      `${folder} holds no file of the split '${split}'; its files are ${names.join(', ')}${data.length > 5 ? ', …' : ''}`,
    );
  }
  checkNumbered(chosen);
  return chosen;
}

/** All files under a folder, hidden ones aside, in name order. Links are followed: the hub's cache consists of them. */
async function walk(folder: string, above: ReadonlySet<number>): Promise<string[]> {
  const { ino } = await stat(folder);
  if (above.has(ino)) return [];
  const inside = new Set([...above, ino]);
  const files: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    const info = await stat(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (info.isDirectory()) files.push(...(await walk(path, inside)));
    else files.push(path);
  }
  return files;
}

/** A file is of a split whose name stands in its path between characters that are neither letters nor digits. */
function isOfSplit(path: string, split: string): boolean {
  const names = SPLIT_NAMES.find((group) => group.includes(split)) ?? [split];
  const words = path.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return path.startsWith(`${split}-`) || names.some((name) => words.includes(name.toLowerCase()));
}

/** Sees that of files named `split-00000-of-00003` all are there. @throws EvosiftError `bad_data` naming one that is not. */
export function checkNumbered(paths: readonly string[]): void {
  const groups = new Map<string, Set<number>>();
  for (const path of paths) {
    const match = /^(.*)-(\d{5})-of-(\d{5})(.*)$/.exec(path);
    if (match === null) continue;
    const [, prefix, number, count, suffix] = match;
    const key = JSON.stringify([prefix, count, suffix]);
    groups.set(key, (groups.get(key) ?? new Set()).add(Number(number)));
  }
  for (const [key, numbers] of groups) {
    const [prefix, count, suffix] = JSON.parse(key) as [string, string, string];
    for (let number = 0; number < Number(count); number++) {
      if (numbers.has(number)) continue;
      const missing = `${prefix}-${String(number).padStart(5, '0')}-of-${count}${suffix}`;
      throw new EvosiftError(
        'bad_data',
        `${missing} is missing: of the ${Number(count)} files there are ${numbers.size}`,
      );
    }
  }
}
