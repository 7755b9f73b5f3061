import { ALPACA } from './alpaca-prompt.js';
import type { ExchangeRecipe } from './recipe.js';

const instruction = `${ALPACA.instruction}{instruction}\n\n`;

/** The Alpaca prompt; alone, the response stands after the prompt's last words. L(Q) averages the whole prompt. */
export const cherry: ExchangeRecipe = {
  kind: 'exchange',
  name: 'cherry',
  summary: 'Cherry LLM: Alpaca prompt, cut to 512 tokens, ratio of losses',
  source: {
    title: 'Li et al. 2024, From Quantity to Quality: Boosting LLM Performance with Self-Guided Data Selection',
    paper: 'https://arxiv.org/abs/2308.12032',
    code: 'https://github.com/tianyi-lab/Cherry_LLM (cherry_seletion/data_analysis.py)',
  },
  templates: ['alpaca'],
  ranksBy: 'ifd',
  selection: 'the highest IFD up to 1, without rows cut to length',
  reportsPpl: false,
  maxLength: 512,
  prompt: {
    withInput: `${ALPACA.opening.withInput}${instruction}${ALPACA.input}{input}\n\n${ALPACA.response}`,
    withoutInput: `${ALPACA.opening.plain}${instruction}${ALPACA.response}`,
  },
  whole: ['prompt', 'response'],
  direct: [{ literal: ALPACA.response }, 'response'],
  losses: { q: [0, 1], aGivenQ: [1, 2], a: [1, 2] },
  truncation: { when: 'always', directMargin: 4 },
};
