import { findJsonObject, findJsonObjects } from '../../ask/answers/json-object.js';
import { afterMarkers } from '../../ask/answers/marker.js';
import { splitThinking } from '../../ask/answers/thinking.js';
import { shown } from '../../ask/answers/words.js';
import type { Completion } from '../../llm/chat.js';

/** What an answer is held to. */
export interface VerdictAsked {
  /** What it may quote: the instruction and whatever else it was shown. */
  readonly about: string;
  /** The prompt's; null where it has none. */
  readonly marker: string | null;
}

/** Why an answer holds no verdict: it says none, or ended at `maxTokens`, or at a filter, before it did. */
export type VerdictFailure = 'unparsable' | 'cut_off';

/** What an answer says; one that does not say it clearly says nothing. */
export type VerdictFinding<Value> =
  | { readonly value: Value; readonly failed: null }
  | { readonly value: null; readonly failed: VerdictFailure; readonly detail: string };

/** What verdicts of a kind look like. */
export interface VerdictForm<Value> {
  /** The member of a JSON answer that it is. */
  readonly key: string;
  /** Reads what stands behind the marker, to the line's end, or in the member; null where it is no verdict. */
  readonly read: (said: string) => Value | null;
  /** Reads an answer without marker, which must be nothing but a verdict. */
  readonly readAlone: (said: string) => Value | null;
}

/**
 * Finds the verdict of an answer: behind its marker, in its JSON object, or as the whole answer. Where it says several,
 * they must agree, and the last marker must be followed by one.
 */
export function findVerdict<Value>(
  { marker }: VerdictAsked,
  { text: answer, finishReason }: Completion,
  form: VerdictForm<Value>,
): VerdictFinding<Value> {
  // A verdict quotes no tags that begin a line, even of an instruction that holds some.
  const { text } = splitThinking(answer, '');
  const isCut = finishReason === 'length' || finishReason === 'content_filter';
  const marked = marker === null ? null : afterMarkers(text, marker);
  const value =
    marked === null
      ? (inObject(text, isCut, form) ?? (isCut || holdsObject(text, form) ? null : form.readAlone(text)))
      : behindMarkers(marked, isCut, form);
  if (value !== null) return { value, failed: null };
  return { value: null, failed: isCut ? 'cut_off' : 'unparsable', detail: shown(marked?.at(-1) ?? text) };
}

function behindMarkers<Value>(marked: readonly string[], isCut: boolean, form: VerdictForm<Value>): Value | null {
  const values = marked.map((section, i) => {
    const ends = isCut && i === marked.length - 1;
    return onFirstLine(section, ends, form) ?? inObject(section, ends, form);
  });
  return values.at(-1) == null ? null : agreed(values);
}

/** The one value that all which can be read have. */
function agreed<Value>(values: readonly (Value | null)[]): Value | null {
  const different = new Set(values.filter((value) => value !== null));
  const [value = null] = different;
  return different.size === 1 ? value : null;
}

/** Of a value that the answer's end cut off nobody knows what it was to be: "1" may be the beginning of "100". */
function onFirstLine<Value>(marked: string, isCut: boolean, { read }: VerdictForm<Value>): Value | null {
  const [line = '', ...others] = marked.split('\n');
  return isCut && others.length === 0 ? null : read(line);
}

function inObject<Value>(text: string, isCut: boolean, { key, read }: VerdictForm<Value>): Value | null {
  const values = [findJsonObject(text, key), ...findJsonObjects(text, key)].map((object) => {
    if (object === null || (isCut && !object.whole)) return null;
    const member = object.value[key];
    return typeof member === 'string' || typeof member === 'number' ? read(String(member)) : null;
  });
  return agreed(values);
}

const holdsObject = <Value>(text: string, { key }: VerdictForm<Value>): boolean =>
  findJsonObjects(text, key).length > 0;
