import type { ScoreLine } from '../../src/runs/score-line.js';

/** A scored line: only what a test gives matters. */
export function scored(index: number, fields: Partial<ScoreLine> = {}): ScoreLine {
  return {
    index,
    id: null,
    status: 'scored',
    reason: null,
    loss_q: 1,
    loss_a_given_q: 1,
    loss_a: 1,
    ifd: 1,
    ic_ifd: 1,
    tokens_q: 10,
    tokens_a: 10,
    tokens_a_alone: 10,
    tokens_instruction: 10,
    truncated: false,
    hash: `hash-${index}`,
    ...fields,
  };
}

export const unscored = (index: number, fields: Partial<ScoreLine> = {}): ScoreLine =>
  scored(index, { status: 'unscored', reason: 'too_long', ifd: null, ic_ifd: null, ...fields });
