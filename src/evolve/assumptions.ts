import { estimateTokens, textOfTokens, type AssumedAnswer, type Assumptions } from '../ask/counting-asker.js';
import type { ResponseFinding } from '../ask/examine-response.js';
import type { OptimiserFinding } from '../auto-evol/optimiser.js';
import type { EvolvedAsked, EvolvedFinding } from '../operations/examine-evolved.js';

/** Tokens that an evolved instruction is longer than its parent by. */
export const GROWTH_TOKENS = 60;
/** Tokens of a response, an analysis, a rewritten method. */
export const ANSWER_TOKENS = 300;

/** What is taken for the answers where nobody is asked: nothing is thrown away. */
export const ASSUMPTIONS = {
  evolved: ({ parent }: EvolvedAsked): AssumedAnswer<EvolvedFinding> => {
    const instruction = parent.instruction + textOfTokens(GROWTH_TOKENS);
    return { finding: { instruction, eliminated: null }, tokens: estimateTokens(instruction) };
  },
  response: (): AssumedAnswer<ResponseFinding> => ({
    finding: { text: textOfTokens(ANSWER_TOKENS), reasoning: null, failed: null },
    tokens: ANSWER_TOKENS,
  }),
  optimiser: (): AssumedAnswer<OptimiserFinding> => ({
    finding: { text: textOfTokens(ANSWER_TOKENS, ++methods), finishReason: 'stop' },
    tokens: ANSWER_TOKENS,
  }),
} satisfies Assumptions;

/** Of equal methods only one would be tried. */
let methods = 0;
