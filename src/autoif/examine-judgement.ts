import { afterMarker } from '../ask/answers/marker.js';
import { splitThinking } from '../ask/answers/thinking.js';
import { shown } from '../ask/answers/words.js';
import type { Completion } from '../llm/chat.js';

export const ENTAILMENT_LABELS = ['entailment', 'neutral', 'contradiction'] as const;

/** How a hypothesis follows from a premise. */
export type EntailmentLabel = (typeof ENTAILMENT_LABELS)[number];

/** What a judge says. */
export type JudgementFinding =
  | { readonly label: EntailmentLabel; readonly failed: null }
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

const onlyLabel = (text: string): EntailmentLabel | null => {
  const found = [...text.matchAll(/\b(?:entailment|neutral|contradiction)\b/gi)];
  const labels = new Set(found.map(({ 0: word }) => word.toLowerCase()));
  const isDenied = found.some(({ index }) => DENIED.test(text.slice(0, index)));
  return labels.size === 1 && !isDenied ? (ENTAILMENT_LABELS.find((label) => labels.has(label)) ?? null) : null;
};
