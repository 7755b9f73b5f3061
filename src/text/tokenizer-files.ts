import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../base/json.js';
import { EvosiftError, messageOf } from '../base/errors.js';
import { systemCode } from '../base/system-error.js';

/** What the files of a tokenizer directory say, beside tokenizer.json itself. */
export interface TokenizerFiles {
  /** The text of tokenizer.json. */
  readonly definition: string;
  /** Named special tokens of the configuration: `bos_token`, `eos_token`, `pad_token`, … */
  readonly special: Readonly<Record<string, string>>;
  /** Every token that the configuration adds to tokenizer.json's own, as HF does on loading; special tokens last. */
  readonly added: readonly AddedTokenConfig[];
  /** bos and eos ids of config.json, for tokenizers whose own configuration names neither. */
  readonly modelIds: { readonly bos: number | null; readonly eos: number | null };
  /** `model_max_length`, in tokens; null where none is told. */
  readonly maxLength: number | null;
  /** Source of the default chat template; null where there is none. */
  readonly chatTemplate: string | null;
  /** Hex sha-256 over all files that decide which ids a text becomes. */
  readonly hash: string;
}

export interface AddedTokenConfig {
  readonly content: string;
  readonly special: boolean;
  readonly normalized: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly singleWord: boolean;
}

const NAMED = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

const LONGEST_SEQUENCE = 2 ** 31 - 1;

/** Vocabulary files of tokenizers that only Python code can read, and what they are. */
const FOREIGN: Readonly<Record<string, string>> = {
  'tokenizer.model': 'a SentencePiece model',
  'spiece.model': 'a SentencePiece model',
  'sentencepiece.bpe.model': 'a SentencePiece model',
  'tekken.json': 'a Tekken vocabulary',
  'vocab.json': 'a vocabulary of the older two-file form',
  'vocab.txt': 'a WordPiece vocabulary of the older form',
};

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a model directory's tokenizer files.
 *
 * @throws EvosiftError `unsupported_tokenizer` where tokenizer.json is missing or a file cannot be understood.
 */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const [definition, config, specialMap, jinja, model] = await Promise.all([
    readOptional(directory, 'tokenizer.json'),
    readOptional(directory, 'tokenizer_config.json'),
    readOptional(directory, 'special_tokens_map.json'),
    readOptional(directory, 'chat_template.jinja'),
    readOptional(directory, 'config.json'),
  ]);
  if (definition === null) throw await missing(directory);
  const tokenizerConfig = parseObject(directory, 'tokenizer_config.json', config);
  const settings =
    'added_tokens_decoder' in tokenizerConfig
      ? tokenizerConfig
      : { ...tokenizerConfig, ...parseObject(directory, 'special_tokens_map.json', specialMap) };
  const modelConfig = parseObject(directory, 'config.json', model);
  return {
    definition,
    special: namedTokens(settings),
    added: addedTokens(settings),
    modelIds: { bos: firstId(modelConfig.bos_token_id), eos: firstId(modelConfig.eos_token_id) },
    maxLength: maxLength(tokenizerConfig.model_max_length),
    chatTemplate: jinja ?? defaultTemplate(directory, tokenizerConfig.chat_template),
    hash: hashOf(definition, config, specialMap, jinja),
  };
}

async function readOptional(directory: string, file: string): Promise<string | null> {
  try {
    return await readFile(join(directory, file), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return null;
    const cause = messageOf(error);
    throw new EvosiftError('unsupported_tokenizer', `${join(directory, file)} cannot be read: ${cause}`, {
      cause: error,
    });
  }
}

async function missing(directory: string): Promise<EvosiftError> {
  for (const [file, what] of Object.entries(FOREIGN)) {
    if ((await readOptional(directory, file)) === null) continue;
    return new EvosiftError(
      'unsupported_tokenizer',
      `${directory} has no tokenizer.json, only ${file} (${what}), which this program does not read.\n` +
        `Convert it once with Python: AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR).`,
    );
  }
  return new EvosiftError(
    'unsupported_tokenizer',
    `${directory} has no tokenizer.json; a model needs its tokenizer beside it: copy the file from where the model comes from.`,
  );
}

function parseObject(directory: string, file: string, text: string | null): Json {
  if (text === null) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cause = messageOf(error);
    throw new EvosiftError('unsupported_tokenizer', `${join(directory, file)} is not JSON: ${cause}`, { cause: error });
  }
  if (isRecord(value)) return value;
  throw new EvosiftError('unsupported_tokenizer', `${join(directory, file)} must hold a JSON object.`);
}

/** A token is written as its text or as an object with its flags. */
function tokenConfig(value: unknown, special: boolean): AddedTokenConfig | null {
  if (typeof value === 'string') {
    return { content: value, special, normalized: !special, lstrip: false, rstrip: false, singleWord: false };
  }
  if (!isRecord(value) || typeof value.content !== 'string') return null;
  return {
    content: value.content,
    special: special || value.special === true,
    normalized: value.normalized === undefined ? !special : value.normalized === true,
    lstrip: value.lstrip === true,
    rstrip: value.rstrip === true,
    singleWord: value.single_word === true,
  };
}

function namedTokens(settings: Json): Record<string, string> {
  const tokens = NAMED.map((name) => [name, tokenConfig(settings[name], true)?.content] as const);
  return Object.fromEntries(tokens.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

/** HF adds what added_tokens_decoder lists, in id order, then the named special tokens, then the extra ones. */
function addedTokens(settings: Json): AddedTokenConfig[] {
  const decoder = isRecord(settings.added_tokens_decoder) ? settings.added_tokens_decoder : {};
  const extra = [settings.additional_special_tokens, settings.extra_special_tokens].flatMap((tokens): unknown[] => {
    if (Array.isArray(tokens)) return tokens;
    return isRecord(tokens) ? Object.values(tokens) : [];
  });
  const listed = Object.entries(decoder)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, token]) => tokenConfig(token, false));
  const special = [...NAMED.map((name) => settings[name]), ...extra].map((token) => tokenConfig(token, true));
  return [...listed, ...special].filter((token) => token !== null);
}

/** HF writes 1e30 where there is no limit. */
const maxLength = (value: unknown): number | null =>
  typeof value === 'number' && value >= 1 && value <= LONGEST_SEQUENCE ? Math.floor(value) : null;

function firstId(value: unknown): number | null {
  const id: unknown = Array.isArray(value) ? value[0] : value;
  return typeof id === 'number' && Number.isInteger(id) ? id : null;
}

/** `chat_template` is the template's text, or a list of named ones of which `default` is meant. */
function defaultTemplate(directory: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    const named = value.filter(isRecord);
    const chosen = named.find(({ name }) => name === 'default') ?? (named.length === 1 ? named[0] : undefined);
    if (typeof chosen?.template === 'string') return chosen.template;
    const names = named.map(({ name }) => String(name)).join(', ');
    throw new EvosiftError(
      'unsupported_tokenizer',
      `${join(directory, 'tokenizer_config.json')}: chat_template names ${names || 'no template'}, but none is "default".`,
    );
  }
  throw new EvosiftError(
    'unsupported_tokenizer',
    `${join(directory, 'tokenizer_config.json')}: chat_template must be a string or a list of named templates.`,
  );
}

/** Absent files count as such, so that adding an empty one changes the hash. */
function hashOf(...files: readonly (string | null)[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file === null ? 'absent\n' : `${file.length}\n${file}`);
  return hash.digest('hex');
}
