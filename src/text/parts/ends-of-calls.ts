import { canonicalJson, isRecord } from '../../base/json.js';
import type { Message } from '../../rows/example.js';
import { callsOf, withArguments } from './mark-message.js';
import { FIRST_SIGN } from './marks.js';
import { attempt, type Render } from './render.js';

/** How much of the text before a mark is compared, and how far before it that may end. */
const COMPARED = 32;
const BETWEEN = 64;

/**
 * Where the arguments of messages' last calls end. No mark can be put behind a number, or behind the quote that a
 * template adds: so one more argument is added, and what then stands behind it is what stands behind the last one.
 */
export function endsOfCalls(
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
