import { ALPACA } from './alpaca-prompt.js';
import type { ConversationRecipe } from './recipe.js';

/** F = [p] tok(Q) tok(sep) tok(A), S = [p] tok(A), where p is the tokenizer's BOS or else its EOS. */
export const aligned: ConversationRecipe = {
  kind: 'conversation',
  name: 'aligned',
  summary: 'the same answer tokens in both passes; bare, Alpaca or chat template; whole conversations',
  source: {
    title: "IC-IFD of Hui et al. 2024 with both of the answer's losses taken over the same tokens; defined here",
    paper: 'https://arxiv.org/abs/2412.11231',
    code: null,
  },
  templates: ['bare', 'alpaca', 'chat'],
  ranksBy: 'ic_ifd',
  selection: 'the highest IC-IFD',
  reportsPpl: false,
  maxLength: null,
  layouts: {
    bare: {
      opening: { plain: '', withInput: '' },
      before: { system: '', user: '', assistant: '', tool: '' },
      separator: '\n',
      input: null,
    },
    alpaca: {
      opening: ALPACA.opening,
      before: { system: '', user: ALPACA.instruction, assistant: ALPACA.response, tool: '### Observation:\n' },
      separator: '\n\n',
      input: `\n\n${ALPACA.input}`,
    },
  },
  questionRoles: ['system', 'user'],
};
