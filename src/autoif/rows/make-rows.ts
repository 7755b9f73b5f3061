import { chooseForSft, choosePairs, type JudgedResponse } from './choose-rows.js';
import type { FunnelCounts } from '../funnel.js';
import type { ResponseLine } from '../lines.js';
import type { AutoifSettings } from '../settle-options.js';
import type { Pair } from '../pairs/pair-up.js';
import { dpoRow, sftRow, type DpoRow, type SftRow, type VerifiedResponse } from './row-shapes.js';

/** What comes of a pair. */
export interface MadeRows {
  readonly sft: readonly SftRow[];
  readonly dpo: readonly DpoRow[];
  /** Answers that would have been good enough. */
  readonly outdone: ReadonlySet<ResponseLine>;
}

/** The rows that come of a query's answers. */
export function makeRows(
  { line, verifiers }: Pair,
  responses: readonly ResponseLine[],
  { layout, sftPerQuery, dpo }: AutoifSettings,
  funnel: FunnelCounts,
): MadeRows {
  const asked = { id: line.id, query: line.query, constraints: verifiers.map(({ constraint }) => constraint) };
  const kept = judged(responses.filter(({ status }) => status === 'kept'));
  const chosen = chooseForSft(kept, sftPerQuery);
  funnel.add('sft', null, chosen.length);
  funnel.add('sft', 'outdone', kept.length - chosen.length);
  const answerOf = ({ text, line: answer }: JudgedLine): VerifiedResponse => ({
    text,
    reasoning: answer.reasoning_content ?? null,
    verification: {
      constraints: line.constraints,
      functions: answer.functions,
      accuracy: answer.accuracy ?? 0,
      grade: answer.grade,
    },
  });
  const numbered = (place: number): string => (place === 0 ? line.id : `${line.id}.${place}`);
  const sft = chosen.map((one, place) => sftRow(layout, { ...asked, id: numbered(place) }, answerOf(one)));
  const outdone = new Set(kept.filter((one) => !chosen.includes(one)).map((one) => one.line));
  if (!dpo) return { sft, dpo: [], outdone };
  const pairs = choosePairs(judged(responses));
  funnel.add('dpo', pairs.length === 0 ? 'no_pair' : null);
  const preferred = pairs.map((pair, place) =>
    dpoRow({ ...asked, id: numbered(place) }, answerOf(pair.chosen), answerOf(pair.rejected)),
  );
  return { sft, dpo: preferred, outdone };
}

interface JudgedLine extends JudgedResponse {
  readonly line: ResponseLine;
}

/** Answers that were verified. */
const judged = (lines: readonly ResponseLine[]): readonly JudgedLine[] =>
  lines.flatMap((line) => {
    const { response, accuracy, grade } = line;
    return response === null || accuracy === null ? [] : [{ text: response, accuracy, grade, line }];
  });
