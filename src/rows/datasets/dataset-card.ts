import { EvosiftError, messageOf } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';

/** One of the configs that a dataset's card lists: patterns of files by split; null where they go by their names. */
export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** The folder that all is below; empty for the root. */
  readonly folder: string;
  readonly patterns: ReadonlyMap<string, readonly string[]> | null;
}

/** The split of files that are listed without one. */
const ONLY_SPLIT = 'train';

/**
 * The `configs` in the YAML at the head of a dataset's README.md; none where it has none.
 *
 * @param label What the dataset is called in messages.
 * @throws EvosiftError `bad_data` where they are not as the hub has them.
 */
export async function cardConfigs(label: string, card: string): Promise<CardConfig[]> {
  const [, head = ''] = /^\uFEFF?\s*---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(card) ?? [];
  const { parse } = await import('yaml');
  let fields: unknown;
  try {
    fields = parse(head);
  } catch (cause) {
    throw refused(label, `has YAML that can't be read (${messageOf(cause).split('\n', 1)[0]})`, { cause });
  }
  const configs = isRecord(fields) ? fields['configs'] : undefined;
  if (configs === undefined || configs === null) return [];
  if (!Array.isArray(configs)) throw refused(label, 'has `configs` that are no list');
  return configs.map((config) => readConfig(label, config));
}

function readConfig(label: string, config: unknown): CardConfig {
  const name = isRecord(config) ? config['config_name'] : undefined;
  if (!isRecord(config) || (typeof name !== 'string' && typeof name !== 'number')) {
    throw refused(label, 'has a config without a `config_name`');
  }
  const folder = config['data_dir'];
  return {
    name: String(name),
    isDefault: name === 'default' || config['default'] === true,
    folder: typeof folder === 'string' ? folder.replace(/^(?:\.?\/)+|\/+$/g, '') : '',
    patterns: readPatterns(`${label}, config ${name},`, config['data_files']),
  };
}

function readPatterns(label: string, files: unknown): CardConfig['patterns'] {
  if (files === undefined || files === null) return null;
  const list: unknown[] = Array.isArray(files) ? files : [files];
  if (list.every((item) => typeof item === 'string')) return new Map([[ONLY_SPLIT, list]]);
  const patterns = new Map<string, readonly string[]>();
  for (const item of list) {
    const { split, path } = isRecord(item) ? item : {};
    const paths: unknown[] = Array.isArray(path) ? path : [path];
    if ((typeof split !== 'string' && typeof split !== 'number') || !paths.every((one) => typeof one === 'string')) {
      throw refused(label, 'has `data_files` that are no path, no list of paths, and no list of `split` and `path`');
    }
    if (patterns.has(String(split))) throw refused(label, `lists the split ${split} twice`);
    patterns.set(String(split), paths);
  }
  return patterns;
}

const refused = (label: string, what: string, options: ErrorOptions = {}): EvosiftError =>
  new EvosiftError('bad_data', `The README.md of ${label} ${what}; name its files by path: ${label}/PATH`, options);
