import { NLI_LABELS, type NliLabel } from '../../nli/nli-config.js';
import { afterMarker } from '../../ask/answers/marker.js';
import { splitThinking } from '../../ask/answers/thinking.js';
import { shown } from '../../ask/answers/words.js';
import type { Completion } from '../../llm/chat.js';

/** What a judge says. */
export type JudgementFinding =
  | { readonly label: NliLabel; readonly failed: null }
  | { readonly label: null; readonly failed: 'unparsable'; readonly detail: string };

/** What an answer to `judge-contradiction` is held to. */
export interface JudgementAsked {
  readonly premise: string;
  readonly hypothesis: string;
  /** The prompt's; null where it has none. */
  readonly marker: string | null;
}

/** Examines an answer to `judge-contradiction`: the label behind the marker, or the only one that it speaks of. */
export function examineJudgement(
  { premise, hypothesis, marker }: JudgementAsked,
  { text: answer }: Completion,
): JudgementFinding {
  const about = `${premise}\n${hypothesis}`;
  const { text } = splitThinking(answer, about);
  const marked = marker === null ? null : afterMarker(text, marker, about);
  const label = (marked === null ? null : onlyLabel(marked.split('\n', 1)[0] ?? '')) ?? onlyLabel(text);
  return label === null ? { label, failed: 'unparsable', detail: shown(marked ?? text) } : { label, failed: null };
}

/** "no contradiction", "not a clear contradiction", "isn't entailment": says what it is not. */
const DENIED = /\b(?:no|not|never|without|neither|nor|\w+n['’]t)\s+(?:\w+\s+){0,2}$/i;

/** Words for the labels. */
const FORMS: Readonly<Record<NliLabel, RegExp>> = {
  entailment: /\bentail(?:ment|s|ed)\b/gi,
  neutral: /\bneutral\b/gi,
  contradiction: /\bcontradict(?:ion|ions|ory)\b/gi,
};

const onlyLabel = (text: string): NliLabel | null => {
  const found = NLI_LABELS.map((label) => ({ label, places: [...text.matchAll(FORMS[label])] })).filter(
    ({ places }) => places.length > 0,
  );
  const [only] = found;
  if (only === undefined || found.length > 1) return null;
  return only.places.some(({ index }) => DENIED.test(text.slice(0, index))) ? null : only.label;
};
