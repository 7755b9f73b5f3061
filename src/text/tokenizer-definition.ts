import { isRecord } from '../base/json.js';

/** What is read of tokenizer.json beside what the tokenizer itself makes of it. */
interface AddedToken {
  readonly content: string;
  readonly special: boolean;
}

/** As serialised: the list stands before the normaliser. */
const ADDED = /"added_tokens"\s*:\s*(\[[^]*?\])\s*,\s*"normalizer"\s*:/;

/** The special tokens that tokenizer.json lists. */
export function specialTokensOf(definition: string): string[] {
  return addedTokens(definition).flatMap(({ content, special }) => (special ? [content] : []));
}

/** Parses no more than it needs: a definition may have tens of megabytes. */
function addedTokens(definition: string): AddedToken[] {
  const list = parsed(ADDED.exec(definition)?.[1] ?? '') ?? asRecord(parsed(definition))['added_tokens'];
  return Array.isArray(list) ? list.filter(isAddedToken) : [];
}

const isAddedToken = (value: unknown): value is AddedToken => isRecord(value) && typeof value['content'] === 'string';

/**
 * The same tokenizer without an eye for special tokens, which it reads as any other text; ids stay what they are. It is
 * what `split_special_tokens` makes of a tokenizer in Hugging Face.
 */
export function withoutSpecialTokens(definition: string): string {
  const whole = asRecord(parsed(definition));
  const known = vocabularyOf(whole);
  const list = Array.isArray(whole['added_tokens']) ? whole['added_tokens'] : [];
  const added = list.flatMap((token: unknown, position) => {
    if (!isAddedToken(token) || !token.special) return [token];
    // One that the model has by itself takes no id; any other holds its own under a name that nothing is called.
    return known.has(token.content) ? [] : [{ ...token, content: `\u{F0000}${position}\u{F0001}` }];
  });
  return JSON.stringify({ ...whole, added_tokens: added });
}

/** Normalisations that keep a text's length, and those that may shorten it, to a quarter at most. */
const KEEPING: readonly unknown[] = ['Prepend', 'Replace', 'NFD', 'NFKD'];
const COMPOSING: readonly unknown[] = ['NFC', 'NFKC'];
const MOST_COMPOSED = 4;

/**
 * The most characters (UTF-16 units) of a text that one token stands for, blanks aside where tokens swallow them; null
 * where a token may stand for any number, as that for unknown words does.
 */
export function charactersPerToken(definition: string): { readonly most: number; readonly blanks: boolean } | null {
  const whole = asRecord(parsed(definition));
  const model = asRecord(whole['model']);
  const steps = [whole['normalizer'], whole['pre_tokenizer']].flatMap(stepsOf);
  const isByteLevel = steps.some(({ type }) => type === 'ByteLevel');
  if (model['byte_fallback'] !== true && !(model['type'] === 'BPE' && isByteLevel)) return null;
  const normalizers = stepsOf(whole['normalizer']).filter(({ type }) => type !== 'ByteLevel');
  if (!normalizers.every((step) => [...KEEPING, ...COMPOSING].includes(step['type']) && !removes(step))) return null;
  const composes = normalizers.some(({ type }) => COMPOSING.includes(type));
  const added = addedTokens(definition);
  let longest = 1;
  for (const token of [...vocabularyOf(whole), ...added.map(({ content }) => content)]) {
    if (token.length > longest) longest = token.length;
  }
  const swallows = added.some((token) => isRecord(token) && (token['lstrip'] === true || token['rstrip'] === true));
  return { most: longest * (composes ? MOST_COMPOSED : 1), blanks: !swallows };
}

/** A replacement by less than one character for each. */
const removes = (step: Record<string, unknown>): boolean => {
  const pattern = asRecord(step['pattern'])['String'];
  return step['type'] === 'Replace' && (typeof pattern !== 'string' || String(step['content']).length < pattern.length);
};

function stepsOf(value: unknown): Record<string, unknown>[] {
  const step = asRecord(value);
  const inner = step['normalizers'] ?? step['pretokenizers'];
  return Array.isArray(inner) ? inner.flatMap(stepsOf) : 'type' in step ? [step] : [];
}

function vocabularyOf(whole: Record<string, unknown>): Set<string> {
  const { vocab } = asRecord(whole['model']);
  if (Array.isArray(vocab))
    return new Set(vocab.map((entry: unknown) => String(Array.isArray(entry) ? entry[0] : entry)));
  return new Set(Object.keys(asRecord(vocab)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const asRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
