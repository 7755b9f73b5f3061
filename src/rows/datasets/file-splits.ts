import { SPLIT_NAMES } from '../find-files.js';
import { globNames } from '../glob.js';

/** Files by split, in the order in which they are read. */
export type Splits = ReadonlyMap<string, readonly string[]>;

/** `data/train-00000-of-00003.parquet`. */
const NUMBERED = /^data\/([^/]+)-\d{5}-of-\d{5}[^/]*\.[^/]*$/;

/** What may stand around a split's name. */
const MARK = '[-._ 0-9]';

const inFolders = (word: string): string[] => [
  `**/${word}/**`,
  `**/${word}${MARK}*/**`,
  `**/*${MARK}${word}/**`,
  `**/*${MARK}${word}${MARK}*/**`,
];
const inFiles = (word: string): string[] => [`**/${word}${MARK}*`, `**/*${MARK}${word}${MARK}*`];

/**
 * The splits of files by their names, as the loader of the `datasets` library finds them (data_files.py): numbered files
 * in `data`, else folders that are called for a split, else such files; else all are of the split `train`.
 *
 * @param names From the folder that the dataset is in, sorted.
 */
export async function splitsByName(names: readonly string[]): Promise<Splits> {
  const numbered = new Map<string, string[]>();
  for (const name of names) {
    const [, split] = NUMBERED.exec(name) ?? [];
    if (split !== undefined) numbered.set(split, [...(numbered.get(split) ?? []), name]);
  }
  if (numbered.size > 0) return numbered;
  for (const patternsOf of [inFolders, inFiles]) {
    const found = new Map<string, readonly string[]>();
    for (const words of SPLIT_NAMES) {
      const files = await matching(words.flatMap(patternsOf), names);
      if (files.length > 0) found.set(words[0], files);
    }
    if (found.size > 0) return found;
  }
  return new Map([['train', names]]);
}

/** The names that patterns stand for: in the patterns' order, each once. */
export async function matching(patterns: readonly string[], names: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) for (const name of await globNames(pattern, names)) found.add(name);
  return [...found];
}
