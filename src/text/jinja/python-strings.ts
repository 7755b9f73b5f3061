import { iterated, isString, printed, type Value } from './python-values.js';

const FILE_SEPARATORS = '\\x1c-\\x1e';
/** Characters that Python's `str.strip` takes for blanks and JavaScript's `trim` does not. */
const ALSO_BLANK = `${FILE_SEPARATORS}\\x1f\\x85`;
const BLANK = `(?:(?!\\ufeff)[\\s${ALSO_BLANK}])`;
const BLANK_CHARACTER = new RegExp(`^${BLANK}$`);
const LINE_END = new RegExp(`\\r\\n|[\\n\\r\\v\\f${FILE_SEPARATORS}\\x85\\u2028\\u2029]`);

/** The text without the given characters, or blanks, at its ends. */
export function stripped(text: string, [left, right]: readonly [boolean, boolean], characters: string | null): string {
  // Blanks are of one unit each.
  const all = characters === null ? text : Array.from(text);
  const isStripped = (character: string | undefined): boolean =>
    character !== undefined && (characters === null ? BLANK_CHARACTER.test(character) : characters.includes(character));
  let from = 0;
  let to = all.length;
  if (left) while (from < to && isStripped(all[from])) from++;
  if (right) while (to > from && isStripped(all[to - 1])) to--;
  const kept = all.slice(from, to);
  return typeof kept === 'string' ? kept : kept.join('');
}

/** The first letter in upper case, the others in lower case. */
export function capitalized(text: string): string {
  const [first = '', ...others] = Array.from(text);
  return first.toUpperCase() + others.join('').toLowerCase();
}

interface Arguments {
  readonly values: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

type Method = (text: string, given: Arguments) => string | number | boolean | readonly string[];

/** Methods of Python's strings that @huggingface/jinja has not, or has otherwise. */
export const STRING_METHODS: Readonly<Record<string, Method>> = {
  strip: (text, given) => stripped(text, [true, true], textAt(given, 0)),
  lstrip: (text, given) => stripped(text, [true, false], textAt(given, 0)),
  rstrip: (text, given) => stripped(text, [false, true], textAt(given, 0)),
  split: (text, given) => split(text, separatorOf(given), most(given)),
  rsplit: (text, given) =>
    split(reversed(text), reversed(separatorOf(given)), most(given))
      .map((part) => reversed(part))
      .toReversed(),
  splitlines: (text) => {
    const lines = text.split(LINE_END);
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  },
  partition: (text, given) => {
    const separator = needed(given);
    const at = text.indexOf(separator);
    return at < 0 ? [text, '', ''] : [text.slice(0, at), separator, text.slice(at + separator.length)];
  },
  rpartition: (text, given) => {
    const separator = needed(given);
    const at = text.lastIndexOf(separator);
    return at < 0 ? ['', '', text] : [text.slice(0, at), separator, text.slice(at + separator.length)];
  },
  join: (text, { values: [list] }) => (list === undefined ? [] : iterated(list)).map(printed).join(text),
  find: (text, given) => position(text, text.indexOf(needed(given))),
  rfind: (text, given) => position(text, text.lastIndexOf(needed(given))),
  index: (text, given) => {
    const at = text.indexOf(needed(given));
    if (at < 0) throw new Error('substring not found');
    return position(text, at);
  },
  count: (text, given) => (needed(given) === '' ? Array.from(text).length + 1 : text.split(needed(given)).length - 1),
  removeprefix: (text, given) => (text.startsWith(needed(given)) ? text.slice(needed(given).length) : text),
  removesuffix: (text, given) =>
    text.endsWith(needed(given)) ? text.slice(0, text.length - needed(given).length) : text,
  capitalize: capitalized,
  title: (text) => text.replace(/\p{L}+/gu, capitalized),
  isdigit: (text) => /^\p{Nd}+$/u.test(text),
  isalpha: (text) => /^\p{L}+$/u.test(text),
  isalnum: (text) => /^[\p{L}\p{N}]+$/u.test(text),
  isspace: (text) => new RegExp(`^${BLANK}+$`).test(text),
  islower: (text) => isCased(text, text.toLowerCase()),
  isupper: (text) => isCased(text, text.toUpperCase()),
};

/** Whether a text has letters, all of them in the case of `same`. */
export const isCased = (text: string, same: string): boolean => text === same && /\p{Lu}|\p{Ll}/u.test(text);

const reversed = <Text extends string | null>(text: Text): Text =>
  (text === null ? null : Array.from(text).toReversed().join('')) as Text;

function textAt({ values }: Arguments, index: number): string | null {
  const value = values[index];
  return value !== undefined && isString(value) ? String(value.value) : null;
}

function needed(given: Arguments): string {
  const text = textAt(given, 0);
  if (text === null) throw new TypeError('a string is wanted');
  return text;
}

function separatorOf({ values, named }: Arguments): string | null {
  const value = values[0] ?? named.get('sep');
  return value === undefined || value.type === 'NullValue' ? null : printed(value);
}

function most({ values, named }: Arguments): number {
  const value = Number((values[1] ?? named.get('maxsplit'))?.value ?? -1);
  return value < 0 ? Infinity : value;
}

function split(text: string, separator: string | null, limit: number): string[] {
  if (separator === '') throw new Error('empty separator');
  const between = separator === null ? new RegExp(`${BLANK}+`) : null;
  const parts: string[] = [];
  let rest = between === null ? text : stripped(text, [true, false], null);
  while (parts.length < limit) {
    const at = between === null ? rest.indexOf(separator ?? '') : rest.search(between);
    if (at < 0) break;
    parts.push(rest.slice(0, at));
    rest = between === null ? rest.slice(at + (separator ?? '').length) : stripped(rest.slice(at), [true, false], null);
  }
  return between !== null && rest === '' ? parts : [...parts, rest];
}

/** From UTF-16 units to code points. */
const position = (text: string, at: number): number => (at < 0 ? at : Array.from(text.slice(0, at)).length);
