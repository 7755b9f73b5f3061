import type { Completion } from '../llm/chat.js';
import type { Candidate } from './eliminators/candidate.js';
import { PRESETS } from './eliminators/presets.js';
import { isRefusal } from './eliminators/refusal.js';
import { parseAnswer } from '../ask/answers/parse-answer.js';
import { splitThinking } from '../ask/answers/thinking.js';
import type { Examination, Finding, ResponseFailure } from '../evolve/variant.js';

/** Looks in an answer for what it was asked for, and says why where that is not there. */
export function examine(examination: Examination, completion: Completion): Finding {
  switch (examination.kind) {
    case 'evolved':
      return examineEvolved(examination, completion);
    case 'response':
      return examineResponse(examination.instruction, completion);
    case 'text':
      return { kind: 'text', text: splitThinking(completion.text, '').text };
  }
}

type EvolvedExamination = Extract<Examination, { kind: 'evolved' }>;

/** The first rule of the preset that hits is the reason. */
function examineEvolved({ preset, ...asked }: EvolvedExamination, { text, finishReason }: Completion): Finding {
  const parsed = parseAnswer(text, asked);
  const candidate: Candidate = { ...asked, ...parsed, finishReason };
  for (const { name, examine: find } of PRESETS[preset]) {
    const detail = find(candidate);
    if (detail !== null) {
      return { kind: 'evolved', instruction: parsed.instruction || null, eliminated: name, detail };
    }
  }
  return { kind: 'evolved', instruction: parsed.instruction, eliminated: null };
}

/** The response, without what was thought aloud. */
function examineResponse(instruction: string, { text, finishReason }: Completion): Finding {
  const { text: response, thinking } = splitThinking(text, instruction);
  const failed = failureOf(response, thinking, instruction, finishReason === 'length');
  return failed === null ? { kind: 'response', response, failed } : { kind: 'response', response: null, failed };
}

function failureOf(response: string, thinking: string, instruction: string, cut: boolean): ResponseFailure | null {
  if (cut) return 'cut_off';
  if (response === '') return thinking === '' ? 'empty' : 'thinking_tags';
  return isRefusal(response, instruction) ? 'refusal' : null;
}
