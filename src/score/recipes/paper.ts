import type { ExchangeRecipe } from './recipe.js';

/**
 * F = tok(Q + "\n" + A), S = tok(A), boundary b = len(tok(Q)): the separating newline counts as the answer's first
 * token, as in the published code.
 */
export const paper: ExchangeRecipe = {
  kind: 'exchange',
  name: 'paper',
  summary: 'IC-IFD as published: instruction, newline, response; no template, no truncation',
  source: {
    title: 'Hui et al. 2024, Smaller Language Models Are Better Instruction Evolvers',
    paper: 'https://arxiv.org/abs/2412.11231',
    code: 'https://github.com/HypherX/Evolution-Analysis (Evol_Instruct/eval_loss.py)',
  },
  templates: ['bare'],
  ranksBy: 'ic_ifd',
  selection: 'the highest IC-IFD',
  reportsPpl: false,
  maxLength: null,
  prompt: { withInput: '{instruction}\n{input}', withoutInput: '{instruction}' },
  whole: ['prompt', { literal: '\n' }, 'response'],
  direct: ['response'],
  losses: { q: [0, 1], aGivenQ: [1, 3], a: [0, 1] },
  // On request only, and ours: the newline takes one place of those left after the prompt, the response has the rest.
  truncation: { when: 'on-request', directMargin: -1 },
};
