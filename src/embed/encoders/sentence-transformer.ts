import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { unreadable } from '../../base/file-error.js';
import { isRecord } from '../../base/json.js';
import { systemCode } from '../../base/system-error.js';
import { listNames } from '../../models/model-directory.js';
import { POOLINGS, type Pooling } from './pooling.js';

type Json = Readonly<Record<string, unknown>>;

/** What sentence-transformers' files say of an encoder. */
export interface SentenceTransformer {
  /** The folder of config.json, tokenizer.json and the graph, from the encoder's. */
  readonly folder: string;
  readonly pooling: Pooling | null;
  /** What evosift has not of it, and only the graph itself can do; null where there is nothing of the kind. */
  readonly unsupported: string | null;
  /** How many numbers its pooling takes a token to have; null where that is not told. */
  readonly dimension: number | null;
  readonly normalize: boolean;
  /** The most tokens of a text; null where the tokenizer and config.json say it. */
  readonly maxTokens: number | null;
  readonly lowerCase: boolean;
  readonly prompt: string;
  /** What of it was read: names from the encoder's folder. */
  readonly files: readonly string[];
}

const MODULES = 'modules.json';
/** What a module of each kind is called, behind whatever path its class had in the version that wrote it. */
const KINDS = ['Transformer', 'Pooling', 'Normalize'] as const;

interface Module {
  readonly kind: string;
  readonly path: string;
}

/**
 * Reads modules.json and what it leads to, as versions 2 to 6 of sentence-transformers write it.
 *
 * @throws EvosiftError `model_not_found` without the directory, `bad_config` where it is no sentence encoder's.
 */
export async function readSentenceTransformer(directory: string): Promise<SentenceTransformer> {
  await listNames(directory).catch((cause: unknown) => {
    throw new EvosiftError('model_not_found', unreadable(directory, cause).message, { cause });
  });
  const files: string[] = [];
  const read = async (name: string): Promise<unknown> => {
    const value = await readOptional(directory, name);
    if (value !== null) files.push(name);
    return value;
  };
  const modules = modulesOf(directory, await read(MODULES));
  const [transformer, ...others] = modules;
  if (transformer?.kind !== 'Transformer') {
    throw bad(
      directory,
      MODULES,
      `begins with the module ${transformer?.kind ?? 'none'}; only a Transformer can be first`,
    );
  }
  const inFolder = (name: string): string => join(transformer.path, name);
  const text = asRecord(await read(inFolder('sentence_bert_config.json')));
  const prompts = asRecord(await read('config_sentence_transformers.json'));
  const place = others.findIndex(({ kind }) => kind === 'Pooling');
  const pooling = asRecord(place < 0 ? null : await read(join(others[place]?.path ?? '', 'config.json')));
  const foreign = others.find(({ kind }, at) => kind !== (at === place ? 'Pooling' : 'Normalize'));
  const mode = poolingOf(pooling);
  const prompt = promptOf(prompts);
  return {
    folder: transformer.path,
    pooling: POOLINGS.find((one) => one === mode) ?? null,
    unsupported:
      foreign !== undefined
        ? `the module ${foreign.kind}`
        : place < 0
          ? 'no module Pooling'
          : !POOLINGS.some((one) => one === mode)
            ? `the pooling ${mode}`
            : prompt !== '' && pooling['include_prompt'] === false
              ? 'a pooling that leaves its prompt out'
              : null,
    dimension: positive(pooling['embedding_dimension'] ?? pooling['word_embedding_dimension']),
    normalize: others.some(({ kind }) => kind === 'Normalize'),
    maxTokens: positive(text['max_seq_length']),
    lowerCase: text['do_lower_case'] === true,
    prompt,
    files,
  };
}

async function readOptional(directory: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(directory, name), 'utf8'));
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return null;
    throw new EvosiftError('bad_config', `Cannot read ${join(directory, name)}: ${messageOf(cause)}.`, { cause });
  }
}

function modulesOf(directory: string, listed: unknown): Module[] {
  if (listed === null) {
    throw new EvosiftError(
      'bad_config',
      `${directory} is no sentence encoder: there is no ${MODULES} in it, which says how its tokens become one vector.\n` +
        'Copy it, 1_Pooling/config.json and sentence_bert_config.json from where the model comes from.',
    );
  }
  if (!Array.isArray(listed)) throw bad(directory, MODULES, 'is no list of modules');
  return listed.map((module: unknown) => {
    const { type, path } = asRecord(module);
    if (typeof type !== 'string' || typeof path !== 'string' || path.split('/').includes('..')) {
      throw bad(directory, MODULES, 'has a module without a type and a path inside the directory');
    }
    const name = type.slice(type.lastIndexOf('.') + 1);
    // A class of somebody's own may do anything, whatever it is called.
    const isOurs = type.startsWith('sentence_transformers.') && KINDS.some((kind) => kind === name);
    return { kind: isOurs ? name : type, path };
  });
}

/** The names of version 5 and before, in the order in which several are joined. */
const FORMER: Readonly<Record<string, string>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
};

/** `mean` where nothing is said, as in sentence-transformers. */
function poolingOf(config: Json): string {
  const { pooling_mode: mode } = config;
  if (mode !== undefined) return Array.isArray(mode) ? mode.join('+') : String(mode);
  const former = Object.entries(FORMER).flatMap(([key, name]) => (config[key] === true ? [name] : []));
  return former.length === 0 ? 'mean' : former.join('+');
}

function promptOf(config: Json): string {
  const { default_prompt_name: name } = config;
  const prompt = typeof name === 'string' ? asRecord(config['prompts'])[name] : undefined;
  return typeof prompt === 'string' ? prompt : '';
}

const asRecord = (value: unknown): Json => (isRecord(value) ? value : {});

const positive = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;

const bad = (directory: string, file: string, why: string): EvosiftError =>
  new EvosiftError('bad_config', `${join(directory, file)} ${why}.`);
