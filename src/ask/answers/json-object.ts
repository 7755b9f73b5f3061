import { jsonrepair } from 'jsonrepair';
import { isRecord } from '../../base/json.js';
import { mendJson } from './mend-json.js';

/** An object that an answer holds as JSON. */
export interface ObjectInAnswer {
  readonly value: Readonly<Record<string, unknown>>;
  /** Its last brace is there: the answer was not cut off within it. */
  readonly whole: boolean;
}

/**
 * Finds the JSON object of an answer: in a fence, or anywhere. What is no JSON as it stands is repaired: raw line breaks
 * in strings, trailing commas, Python's constants and quotation marks, quotation marks that were not escaped.
 *
 * @param key What the object should hold; without such an object, the first one is taken.
 * @returns Null where there is none.
 */
export function findJsonObject(answer: string, key: string): ObjectInAnswer | null {
  let first: ObjectInAnswer | null = null;
  for (const text of placesOf(answer)) {
    const found = objectIn(text);
    if (found === null) continue;
    if (Object.hasOwn(found.value, key)) return found;
    first ??= found;
  }
  return first;
}

/** Objects of an answer that are looked at. */
const MOST_OBJECTS = 16;

/** All JSON objects of an answer that hold the key, wherever they stand, in order. */
export function findJsonObjects(answer: string, key: string): readonly ObjectInAnswer[] {
  const found: ObjectInAnswer[] = [];
  let from = answer.indexOf('{');
  for (let seen = 0; from >= 0 && seen < MOST_OBJECTS; seen++) {
    const end = endOfObject(answer, from);
    const object = objectIn(answer.slice(from, end ?? undefined));
    if (object !== null && Object.hasOwn(object.value, key)) found.push(object);
    from = end === null ? -1 : answer.indexOf('{', end);
  }
  return found;
}

/** Where it may be: in the fences that say so, in the others, in all of it. */
function placesOf(answer: string): readonly string[] {
  const fences = fencesOf(answer);
  const [json, others] = [true, false].map((isJson) =>
    fences.filter((fence) => (fence.language === 'json') === isJson),
  );
  return [...(json ?? []), ...(others ?? [])].map(({ text }) => text).concat(answer);
}

interface Fence {
  readonly language: string;
  readonly text: string;
}

function fencesOf(answer: string): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { readonly language: string; readonly lines: string[] } | null = null;
  for (const line of answer.split('\n')) {
    const [, language] = /^[ \t]*```[ \t]*(\w*)/.exec(line) ?? [];
    if (language === undefined) open?.lines.push(line);
    else if (open === null) open = { language: language.toLowerCase(), lines: [] };
    else {
      fences.push({ language: open.language, text: open.lines.join('\n') });
      open = null;
    }
  }
  if (open !== null) fences.push({ language: open.language, text: open.lines.join('\n') });
  return fences;
}

function objectIn(text: string): ObjectInAnswer | null {
  const from = text.indexOf('{');
  if (from < 0) return null;
  const end = endOfObject(text, from);
  const last = text.lastIndexOf('}');
  const source = text.slice(from, end ?? (last > from ? last + 1 : undefined));
  const value = parsed(source) ?? mended(source);
  return value === null ? null : { value, whole: end !== null };
}

/** Behind the brace that closes the one at `from`; null where none does. */
function endOfObject(text: string, from: number): number | null {
  let depth = 0;
  for (const { 0: token, index } of text.slice(from).matchAll(/"(?:[^"\\]|\\[\s\S])*"?|[{}]/g)) {
    if (token === '{') depth++;
    if (token === '}' && --depth === 0) return from + index + 1;
  }
  return null;
}

function parsed(text: string | null): ObjectInAnswer['value'] | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** Characters of a text that is mended: the time that it takes may grow with their square. */
const LONGEST_MENDED = 32_768;

function mended(text: string): ObjectInAnswer['value'] | null {
  if (text.length > LONGEST_MENDED) return null;
  const mendedText = mendJson(text);
  return parsed(mendedText) ?? parsed(repaired(mendedText));
}

/** It gives up by an error of its own, and on some texts by running out of stack. */
function repaired(text: string): string | null {
  // Products that are written out make a text longer.
  if (text.length > LONGEST_MENDED) return null;
  try {
    return jsonrepair(text);
  } catch {
    return null;
  }
}
