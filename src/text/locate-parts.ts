import { canonicalJson, isRecord } from '../base/json.js';
import type { Message } from '../rows/example.js';
import { messageParts, type PartName, type Place } from '../rows/message-parts.js';
import { ChatTemplateRefusal } from './chat-template-refusal.js';

/** Where the parts of a message stand in a text; null for one that it has not, and for one that is left out. */
export type PartPlaces = Readonly<Record<PartName, Place | null>> & {
  /** Parts that the template makes something else of. */
  readonly rewritten: readonly PartName[];
};

/** Renders a conversation in which marks stand. @throws ChatTemplateRefusal */
type Render = (messages: readonly Message[]) => string;

/** A part of a message that is looked for. */
interface Target {
  readonly message: number;
  readonly part: PartName;
  /** Null for calls: every template writes its own. */
  readonly words: Words | null;
}

/** A text, without blanks at its ends, and where in the message's own text it stands. */
interface Words {
  readonly text: string;
  readonly at: number;
}

interface Found {
  readonly target: Target;
  readonly place: Place | null;
  readonly rewritten: boolean;
}

/**
 * Finds in a rendered conversation where the parts of its messages stand, in UTF-16 units. A search for their texts
 * would take a content "user" for the name of a role; so the conversation is rendered a second time with marks at both
 * ends of each part, which, taken out again, must leave the same text.
 */
export function locateParts(text: string, messages: readonly Message[], render: Render): PartPlaces[] {
  const search = new Search(text, messages, render);
  const found = search.run(messages.flatMap(targetsOf));
  return messages.map((_, index) => placesOf(found.filter(({ target }) => target.message === index)));
}

function placesOf(found: readonly Found[]): PartPlaces {
  const placeOf = (part: PartName): Place | null => found.find(({ target }) => target.part === part)?.place ?? null;
  return {
    reasoning: placeOf('reasoning'),
    text: placeOf('text'),
    calls: placeOf('calls'),
    rewritten: found.filter(({ rewritten }) => rewritten).map(({ target }) => target.part),
  };
}

/** The parts of a message, the text before the thought in front of it: marks in it leave that where it stands. */
function targetsOf(message: Message, index: number): Target[] {
  const { field, thought, text, calls } = messageParts(message);
  const { content } = message;
  const targets: Target[] = [];
  const add = (part: PartName, words: Words | null): void => void targets.push({ message: index, part, words });
  if (text !== null) add('text', { text: content.slice(...text), at: text[0] });
  if (field !== null) add('reasoning', wordsOf(field.text));
  else if (thought !== null) add('reasoning', { text: content.slice(...thought), at: thought[0] });
  if (message.callsInText === true && content.trim() !== '') add('calls', wordsOf(content));
  else if (calls.length > 0) add('calls', null);
  return targets;
}

function wordsOf(whole: string): Words {
  const text = whole.trim();
  return { text, at: whole.indexOf(text) };
}

/** Which ends of a part marks are put at. A template may look at how a text begins, say, and see a mark there. */
type Ends = readonly ('begin' | 'end')[];

const BOTH: Ends = ['begin', 'end'];
const ENDS: readonly Ends[] = [BOTH, ['end'], ['begin']];

/** The search for parts in one rendered conversation. */
class Search {
  readonly #marks: Marks;

  constructor(
    private readonly text: string,
    private readonly messages: readonly Message[],
    private readonly render: Render,
  ) {
    this.#marks = Marks.unlike(text);
  }

  /** With all parts marked at once, or where that changes what the template does, each by itself. */
  run(targets: readonly Target[]): Found[] {
    const found =
      this.#find(targets) ??
      targets.map((target) => this.#find([target])?.[0] ?? { target, place: null, rewritten: true });
    const called = found.filter(({ target, place }) => target.words === null && place !== null);
    if (called.length === 0) return found;
    const ends = endsOfCalls(
      this.text,
      this.messages,
      called.map(({ target }) => target.message),
      this.render,
    );
    return found.map((one) => {
      if (one.place === null || one.target.words !== null) return one;
      const [from, to] = one.place;
      return { ...one, place: [from, Math.max(to, ends.get(one.target.message) ?? 0)] };
    });
  }

  #find(targets: readonly Target[]): Found[] | null {
    for (const ends of ENDS) {
      const found = this.#findBy(targets, ends);
      if (found !== null) return found;
    }
    return null;
  }

  #findBy(targets: readonly Target[], ends: Ends): Found[] | null {
    const marked = this.messages.map((message, index) => {
      const own = targets.flatMap((target, number) => (target.message === index ? [{ target, number }] : []));
      return own.reduce(
        (so, { target, number }) =>
          withMarks(so, target, (one, isArgument = false) =>
            this.#marks.around(one, 2 * number + Number(isArgument), target.words === null ? BOTH : ends),
          ),
        message,
      );
    });
    const rendered = attempt(() => this.render(marked));
    if (rendered === null) return null;
    const { plain, places } = this.#marks.takeOut(rendered);
    if (plain !== this.text) return null;
    /** Where the text of the message behind one begins, if it is looked for too. */
    const resultOf = ({ message }: Target): number | undefined => {
      const next = targets.findIndex((one) => one.message === message + 1 && one.part === 'text');
      return places.get(2 * next)?.begins[0];
    };
    return targets.map((target, number) => {
      const found = places.get(2 * number) ?? NOWHERE;
      if (found.begins.length === 0 && found.ends.length === 0) return { target, place: null, rewritten: false };
      const place =
        target.words === null
          ? this.#placeOfCalls(target, found, places.get(2 * number + 1) ?? NOWHERE, resultOf(target))
          : placeOfWords(target.words.text, plain, found, ends);
      return { target, place, rewritten: place === null };
    });
  }

  /**
   * From the first name to the last argument that is a text. Names are printed once more where results follow, arguments
   * are not. Null where not all calls are printed.
   */
  #placeOfCalls({ message }: Target, names: MarkPlaces, texts: MarkPlaces, result?: number): Place | null {
    const count = callsOf(this.messages[message]).length;
    const begins = names.begins.slice(0, count);
    const ends = names.ends.slice(0, count);
    if (begins.length < count || ends.length < count) return null;
    const last = Math.max(...ends, ...texts.ends);
    // Where a result stands before the end, its header was taken for a call that is not printed.
    return result !== undefined && result < last ? null : [begins[0] ?? 0, last];
  }
}

/** Where a text stands, by the marks at its ends or at one of them. */
function placeOfWords(text: string, plain: string, { begins, ends }: MarkPlaces, by: Ends): Place | null {
  const from = by.includes('begin')
    ? begins.find((at) => plain.startsWith(text, at) && (!by.includes('end') || ends.includes(at + text.length)))
    : ends.map((at) => at - text.length).find((at) => at >= 0 && plain.startsWith(text, at));
  return from === undefined ? null : [from, from + text.length];
}

/** How much of the text before a mark is compared, and how far before it that may end. */
const COMPARED = 32;
const BETWEEN = 64;

/**
 * Where the arguments of messages' last calls end. No mark can be put behind a number, or behind the quote that a
 * template adds: so one more argument is added, and what then stands behind it is what stands behind the last one.
 */
function endsOfCalls(
  text: string,
  messages: readonly Message[],
  called: readonly number[],
  render: Render,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const longer = messages.map((message, index) => {
    const calls = callsOf(message);
    if (!called.includes(index)) return message;
    const last = withArguments(calls.at(-1), (given) => oneMore(given, nameOf(index)));
    return { ...message, fields: { ...message.fields, tool_calls: [...calls.slice(0, -1), last] } };
  });
  let extended = attempt(() => render(longer));
  let rest = text;
  for (const index of called.toReversed()) {
    if (extended === null) break;
    let shared = 0;
    while (shared < rest.length && rest.at(-1 - shared) === extended.at(-1 - shared)) shared++;
    const name = extended.lastIndexOf(nameOf(index), extended.length - shared);
    // An argument that is a text has no place for another one.
    if (name < 0) continue;
    const end = rest.length - shared;
    const before = rest.slice(Math.max(0, end - COMPARED), end);
    const more: string = extended.slice(0, name);
    const between = Array.from({ length: BETWEEN }, (_, i) => i).find((i) =>
      more.slice(0, more.length - i).endsWith(before),
    );
    if (between === undefined) break;
    // The arguments' own brace.
    found.set(index, end + (text[end] === '}' ? 1 : 0));
    rest = rest.slice(0, end);
    extended = more.slice(0, more.length - between);
  }
  return found;
}

const nameOf = (index: number): string =>
  `${String.fromCodePoint(FIRST_SIGN)}${index}${String.fromCodePoint(FIRST_SIGN)}`;

/** One more argument, a digit that the others do not end with; its name is sorted behind theirs. */
function oneMore(given: unknown, name: string): unknown {
  if (!isRecord(given)) return given;
  const others = canonicalJson(given);
  const digit = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((one) => !others.includes(String(one))) ?? 0;
  return { ...given, [name]: digit };
}

function callsOf(message: Message | undefined): readonly unknown[] {
  const calls = message?.fields?.['tool_calls'];
  return Array.isArray(calls) ? calls : [];
}

function attempt(render: () => string): string | null {
  try {
    return render();
  } catch (error) {
    if (error instanceof ChatTemplateRefusal) return null;
    throw error;
  }
}

/** Puts marks around a text: a part, the name of a call or, said to be one, an argument of it. */
type Mark = (text: string, isArgument?: boolean) => string;

/** The message with marks at the ends of one of its parts. */
function withMarks(message: Message, { part, words }: Target, mark: Mark): Message {
  const { fields = {} } = message;
  if (words === null) {
    return { ...message, fields: { ...fields, tool_calls: callsOf(message).map((call) => markedCall(call, mark)) } };
  }
  const marked = (whole: string): string =>
    whole.slice(0, words.at) + mark(words.text) + whole.slice(words.at + words.text.length);
  const { field } = messageParts(message);
  return part === 'reasoning' && field !== null
    ? { ...message, fields: { ...fields, [field.name]: marked(field.text) } }
    : { ...message, content: marked(message.content) };
}

/** Marks within the blanks at an argument's ends, which templates strip. */
const inside = (text: string, mark: Mark): string => text.replace(/\S(?:[^]*\S)?/, (core) => mark(core, true));

function markedCall(call: unknown, mark: Mark): unknown {
  const inner = isRecord(call) ? call['function'] : undefined;
  if (isRecord(call) && isRecord(inner)) return { ...call, function: markedCall(inner, mark) };
  const named = isRecord(call) ? { ...call, name: mark(String(call['name'])) } : call;
  return withArguments(named, (given) => markedStrings(given, mark));
}

function withArguments(call: unknown, change: (given: unknown) => unknown): unknown {
  if (!isRecord(call)) return call;
  const key = ['function', 'arguments', 'parameters'].find((name) => name in call);
  if (key === undefined) return call;
  const given = call[key];
  const changed = key === 'function' ? withArguments(given, change) : change(given);
  return changed === given ? call : { ...call, [key]: changed };
}

function markedStrings(value: unknown, mark: Mark): unknown {
  if (typeof value === 'string') return inside(value, mark);
  if (Array.isArray(value)) return value.map((inner) => markedStrings(inner, mark));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, markedStrings(inner, mark)]));
}

/** Cuneiform numbers: signs that nothing trims, splits or escapes, and that have no other case. */
const FIRST_SIGN = 0x12400;
const SIGNS = 100;

interface MarkPlaces {
  readonly begins: number[];
  readonly ends: number[];
}

const NOWHERE: MarkPlaces = { begins: [], ends: [] };

/** Marks at the ends of texts, each a number between two signs that the conversation has not. */
class Marks {
  readonly #pattern: RegExp;

  private constructor(
    readonly open: string,
    readonly close: string,
  ) {
    this.#pattern = new RegExp(`([${open}${close}])(\\d+)${close}`, 'gu');
  }

  static unlike(text: string): Marks {
    const signs = Array.from({ length: SIGNS }, (_, i) => String.fromCodePoint(FIRST_SIGN + i));
    const [open = '', close = ''] = signs.filter((sign) => !text.includes(sign));
    return new Marks(open, close);
  }

  around(text: string, number: number, ends: Ends): string {
    const before = ends.includes('begin') ? `${this.open}${number}${this.close}` : '';
    const behind = ends.includes('end') ? `${this.close}${number}${this.close}` : '';
    return before + text + behind;
  }

  /** The text without the marks, and where in it each begins and ends something. */
  takeOut(marked: string): { plain: string; places: Map<number, MarkPlaces> } {
    const places = new Map<number, MarkPlaces>();
    let plain = '';
    let copied = 0;
    for (const match of marked.matchAll(this.#pattern)) {
      const [whole, sign, digits] = match;
      plain += marked.slice(copied, match.index);
      copied = match.index + whole.length;
      const number = Number(digits);
      const place = places.get(number) ?? { begins: [], ends: [] };
      places.set(number, place);
      (sign === this.open ? place.begins : place.ends).push(plain.length);
    }
    return { plain: plain + marked.slice(copied), places };
  }
}
