import type { ScoreLine } from '../../src/runs/score-line.js';

/** A scored line: only what a test gives matters. */
export function scored(index: number, fields: Partial<ScoreLine> = {}): ScoreLine {
  return {
    index,
    id: null,
    status: 'scored',
    reason: null,
    lossQ: 1,
    lossAGivenQ: 1,
    lossA: 1,
    ifd: 1,
    icIfd: 1,
    tokensQ: 10,
    tokensA: 10,
    tokensAAlone: 10,
    tokensInstruction: 10,
    truncated: false,
    hash: `hash-${index}`,
    ...fields,
  };
}

export const unscored = (index: number, fields: Partial<ScoreLine> = {}): ScoreLine =>
  scored(index, { status: 'unscored', reason: 'too_long', ifd: null, icIfd: null, ...fields });
