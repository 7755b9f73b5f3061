import { basename, extname } from 'node:path/posix';
import { EvosiftError } from '../../base/errors.js';
import { formatByName } from '../detect-file.js';
import { METADATA, SPLIT_NAMES } from '../find-files.js';
import { isGlob } from '../glob.js';
import type { DataFormat } from '../source-row.js';
import { cardConfigs, type CardConfig } from './dataset-card.js';
import type { DatasetName } from './dataset-name.js';
import { matching, splitsByName, type Splits } from './file-splits.js';

/** The files of a dataset at a commit. */
export interface DatasetFiles {
  /** What it is called in messages. */
  readonly label: string;
  readonly named: DatasetName;
  /** All files, from the repository's root. */
  readonly names: readonly string[];
  /** The text of its README.md; empty where there is none. */
  readonly card: string;
}

export interface FileChoice {
  readonly config?: string | undefined;
  readonly split?: string | undefined;
}

/** Files to read, in this order. */
export interface ChosenFiles {
  readonly files: readonly string[];
  /** Something to tell about what was not taken, else null. */
  readonly notice: string | null;
}

/** Where the hub keeps a copy in Parquet of most datasets, `CONFIG/SPLIT/0000.parquet`. */
const PARQUET_COPY = 'refs/convert/parquet';

/**
 * The files that a dataset's name means, as the loader of the `datasets` library chooses them: what its path names, else
 * those of one split of one config, by the card or else by their names.
 *
 * @throws EvosiftError `bad_data` where there is nothing to read, `bad_argument` where a config or a split must be named.
 */
export async function chooseFiles(dataset: DatasetFiles, choice: FileChoice): Promise<ChosenFiles> {
  const { named } = dataset;
  if (named.path !== '') return { files: await filesAtPath(dataset, choice), notice: null };
  if (!dataset.names.some(isData)) throw withoutData(dataset);
  const { config, splits } = await splitsOfConfig(dataset, choice.config);
  return ofOneFormat(dataset.label, ofSplit(`${dataset.label}${config}`, splits, choice.split));
}

/** Whether rows are read from it, where nobody names it. */
const isData = (name: string): boolean =>
  formatByName(name) !== null &&
  !METADATA.has(basename(name)) &&
  basename(name) !== 'config.json' &&
  !name.split('/').some((part) => part.startsWith('.')) &&
  !name
    .split('/')
    .slice(0, -1)
    .some((part) => part.startsWith('__'));

async function filesAtPath({ label, named, names }: DatasetFiles, { config, split }: FileChoice): Promise<string[]> {
  const { path } = named;
  if (config !== undefined) {
    throw new EvosiftError(
      'bad_argument',
      `${label} names its files, so there is no config to choose: drop \`config\``,
      {
        option: 'config',
      },
    );
  }
  if (names.includes(path)) return [path];
  const inside = names.filter((name) => name.startsWith(`${path}/`));
  const found = inside.length > 0 ? inside : isGlob(path) ? await matching([path], names) : [];
  if (found.length === 0) {
    throw new EvosiftError('bad_data', `${label}: the dataset has no such file or folder; it has ${some(names)}`);
  }
  const data = found.filter(isData);
  if (data.length === 0) throw unreadable(label, found);
  if (split === undefined) return data;
  const folder = inside.length > 0 ? `${path}/` : '';
  const splits = await splitsByName(data.map((name) => name.slice(folder.length)));
  return ofSplit(label, splits, split).map((name) => folder + name);
}

/** What a config's splits are, and what to call it in messages where there are several. */
interface ConfigSplits {
  readonly config: string;
  readonly splits: Splits;
}

async function splitsOfConfig(dataset: DatasetFiles, wanted: string | undefined): Promise<ConfigSplits> {
  const { label, named, card } = dataset;
  const names = dataset.names.filter(isData);
  const copied = named.revision === PARQUET_COPY ? copiedConfigs(names) : [];
  const configs = copied.length > 0 ? copied : await cardConfigs(label, card);
  if (configs.length === 0) {
    if (wanted !== undefined && wanted !== 'default') {
      throw badConfig(`${label} has no configs, so there is no ${JSON.stringify(wanted)}: drop \`config\``);
    }
    return { config: '', splits: await splitsByName(names) };
  }
  const config = chooseConfig(label, configs, wanted);
  const called = configs.length > 1 ? `, config ${config.name}` : '';
  const splits = await splitsOf(config, names);
  if ([...splits.values()].every((files) => files.length === 0)) {
    const patterns = [...(config.patterns?.values() ?? [])].flat();
    const all = await matching(
      patterns.map((pattern) => inFolder(config.folder, pattern)),
      dataset.names,
    );
    if (all.length > 0) throw unreadable(`${label}${called}`, all);
    const stated = patterns.length > 0 ? some(patterns) : `a folder ${config.folder}`;
    throw new EvosiftError('bad_data', `${label}${called}: its README.md names ${stated}, of which nothing is there`);
  }
  return { config: called, splits };
}

/** The configs of a copy in Parquet, which are its folders. */
function copiedConfigs(names: readonly string[]): CardConfig[] {
  const configs = new Map<string, Map<string, string[]>>();
  for (const name of names) {
    const [config, split, file, ...deeper] = name.split('/');
    if (config === undefined || split === undefined || file === undefined || deeper.length > 0) continue;
    const splits = configs.get(config) ?? new Map<string, string[]>();
    configs.set(config, splits.set(split, [`${config}/${split}/*`]));
  }
  return [...configs].map(([name, patterns]) => ({ name, isDefault: name === 'default', folder: '', patterns }));
}

function chooseConfig(label: string, configs: readonly CardConfig[], wanted: string | undefined): CardConfig {
  const known = some(
    configs.map(({ name }) => name),
    Infinity,
  );
  if (wanted !== undefined) {
    const found = configs.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw badConfig(`${label} has no config ${JSON.stringify(wanted)}; \`config\` is one of ${known}`);
  }
  const [first, ...others] = configs.length === 1 ? configs : configs.filter(({ isDefault }) => isDefault);
  if (first !== undefined && others.length === 0) return first;
  throw badConfig(`${label} has several configs; name one by \`config\`: ${known}`);
}

const badConfig = (message: string): EvosiftError => new EvosiftError('bad_argument', message, { option: 'config' });

async function splitsOf({ folder, patterns }: CardConfig, names: readonly string[]): Promise<Splits> {
  if (patterns === null) {
    const inside = folder === '' ? names : names.filter((name) => name.startsWith(`${folder}/`));
    const splits = await splitsByName(inside.map((name) => (folder === '' ? name : name.slice(folder.length + 1))));
    return new Map([...splits].map(([split, files]) => [split, files.map((file) => inFolder(folder, file))]));
  }
  const splits = new Map<string, string[]>();
  for (const [split, of] of patterns)
    splits.set(
      split,
      await matching(
        of.map((one) => inFolder(folder, one)),
        names,
      ),
    );
  return splits;
}

const inFolder = (folder: string, path: string): string =>
  `${folder === '' ? '' : `${folder}/`}${path.replace(/^(?:\.\/)+/, '')}`;

/** Of formats that are as frequent, the first is taken. */
const FAVOURITES: readonly DataFormat[] = ['parquet', 'jsonl', 'json', 'csv'];
const familyOf = (format: DataFormat | null): string | null => (format === 'jsonl' ? 'json' : format);

/** The files of the most frequent format: others may be copies of them. */
function ofOneFormat(label: string, all: readonly string[]): ChosenFiles {
  const count = (format: DataFormat): number => all.filter((name) => formatByName(name) === format).length;
  const [most] = FAVOURITES.map((format) => ({ format, count: count(format) })).sort((a, b) => b.count - a.count);
  const isTaken = (name: string): boolean => familyOf(formatByName(name)) === familyOf(most?.format ?? null);
  const left = all.filter((name) => !isTaken(name));
  const told = `of its ${all.length} files only those of one format are read; name others by path: ${some(left)}`;
  return { files: all.filter(isTaken), notice: left.length === 0 ? null : `${label}: ${told}` };
}

function ofSplit(label: string, splits: Splits, wanted: string | undefined): readonly string[] {
  const filled = new Map([...splits].filter(([, files]) => files.length > 0));
  const known = [...filled.keys()];
  const [only] = known.length === 1 ? known : [];
  const name = wanted === undefined ? (filled.has('train') ? 'train' : only) : knownSplit(known, wanted);
  const files = filled.get(name ?? '');
  if (files !== undefined) return files;
  throw new EvosiftError(
    'bad_argument',
    wanted === undefined
      ? `${label} has several splits and no train; name one by \`split\`: ${some(known, Infinity)}`
      : `${label} has no split ${JSON.stringify(wanted)}; \`split\` is one of ${some(known, Infinity)}`,
    { option: 'split' },
  );
}

/** A split by its own name, or by another under which it goes. */
function knownSplit(known: readonly string[], wanted: string): string | undefined {
  if (known.includes(wanted)) return wanted;
  const others: readonly string[] = SPLIT_NAMES.find((names) => names.includes(wanted)) ?? [];
  return known.find((name) => others.includes(name));
}

function withoutData({ label, named, names }: DatasetFiles): EvosiftError {
  const script = `${named.id.split('/')[1]}.py`;
  if (!names.includes(script)) return unreadable(label, names);
  return new EvosiftError(
    'bad_data',
    `${label} is built by a script (${script}), which is not run.\n` +
      `Take the copy in Parquet that the hub keeps of most datasets: hf://datasets/${named.id}@${PARQUET_COPY}`,
  );
}

function unreadable(label: string, names: readonly string[]): EvosiftError {
  const endings = [...new Set(names.map((name) => extname(name) || basename(name)))];
  return new EvosiftError(
    'bad_data',
    `${label} holds no data file (.json, .jsonl, .csv, .tsv, .parquet; also compressed), only ${some(endings)}.\n` +
      `Of most datasets the hub keeps a copy in Parquet, at the revision ${PARQUET_COPY}`,
  );
}

/** The first few of some names. */
const some = (names: readonly string[], most = 5): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ', …' : ''}`;
