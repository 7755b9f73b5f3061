import type { ExchangeRecipe } from './recipe.js';

/** Prompt = instruction "\n" [input "\n"]. L(Q), which the script does not compute, averages that prompt. */
export const superfiltering: ExchangeRecipe = {
  kind: 'exchange',
  name: 'superfiltering',
  summary: 'Superfiltering: no template, cut to 1,024 tokens, ratio of perplexities',
  source: {
    title: 'Li et al. 2024, Superfiltering: Weak-to-Strong Data Filtering for Fast Instruction-Tuning',
    paper: 'https://arxiv.org/abs/2402.00530',
    code: 'https://github.com/tianyi-lab/Superfiltering (code_ifd/data_analysis.py)',
  },
  templates: ['bare'],
  ranksBy: 'ifd_ppl',
  selection: 'the highest ifd_ppl below 1',
  reportsPpl: true,
  maxLength: 1024,
  prompt: { withInput: '{instruction}\n{input}\n', withoutInput: '{instruction}\n' },
  whole: ['prompt', 'response'],
  direct: ['response'],
  losses: { q: [0, 1], aGivenQ: [1, 2], a: [0, 1] },
  truncation: { when: 'always', directMargin: 1 },
};
