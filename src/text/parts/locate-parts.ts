import type { Message } from '../../rows/example.js';
import { messageParts, type PartName, type Place } from '../../rows/message-parts.js';
import { endsOfCalls } from './ends-of-calls.js';
import { callsOf, withMarks, type Words } from './mark-message.js';
import { Marks, NOWHERE, type Ends, type MarkPlaces } from './marks.js';
import { attempt, type Render } from './render.js';

/** Where the parts of a message stand in a text; null for one that it has not, and for one that is left out. */
export type PartPlaces = Readonly<Record<PartName, Place | null>> & {
  /** Parts that the template makes something else of. */
  readonly rewritten: readonly PartName[];
};

/** A part of a message that is looked for. */
interface Target {
  readonly message: number;
  readonly part: PartName;
  /** Null for calls: every template writes its own. */
  readonly words: Words | null;
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
          withMarks(so, target.part, target.words, (one, isArgument = false) =>
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
