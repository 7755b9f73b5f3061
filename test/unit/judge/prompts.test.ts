import { describe, expect, it } from 'vitest';
import { loadPrompts } from '../../../src/ask/prompts/load-prompts.js';
import { examineDifficulty } from '../../../src/judge/answers/difficulty.js';
import { examineKeyword } from '../../../src/judge/answers/keyword.js';
import { examinePreference } from '../../../src/judge/answers/preference.js';
import { examineScore } from '../../../src/judge/answers/score.js';
import { JUDGE_DIFFICULTY, JUDGE_PAIR, JUDGE_SCORE, NAME_METHOD } from '../../../src/judge/prompts.js';
import { completionOf } from '../../support/completion.js';

const PROMPTS = [JUDGE_DIFFICULTY, JUDGE_SCORE, JUDGE_PAIR, NAME_METHOD];

const EXAMINERS = [examineDifficulty, examineScore, examinePreference, examineKeyword];
const GOOD = ['very hard', '85', 'tie', 'add constraints'];

describe.each(PROMPTS.map((prompt, number) => ({ ...prompt, number })))(
  'The built-in prompt $name',
  ({ number, variables }) => {
    const prompt = PROMPTS[number]!;
    const render = async (also: Readonly<Record<string, string>> = {}) => {
      const named = Object.fromEntries(variables.map((name) => [name, `${name.toUpperCase()} {{ x }}`]));
      return (await loadPrompts(PROMPTS)).render(prompt, { ...named, ...also });
    };

    it('holds everything that it is given, and no template text', async () => {
      const [message, ...others] = (await render()).messages;
      expect(others).toEqual([]);
      for (const name of variables) expect(message!.content).toContain(`\n${name.toUpperCase()} {{ x }}\n`);
      expect(message!.content.replaceAll('{{ x }}', '')).not.toMatch(/\{[{%#]|[%#}]\}|undefined|null/);
      expect(message!.content).not.toMatch(/\n{3}|[ \t]$/m);
    });

    it('does not speak of an input where there is none', async () => {
      if (!variables.includes('input')) return;
      expect((await render({ input: '' })).messages[0]!.content).not.toContain('nput:');
    });

    it('asks for what its examiner reads, and shows no answer that would be one', async () => {
      const { messages, marker } = await render();
      const { content } = messages[0]!;
      expect(content).toContain(`\n${marker} `);
      const examine = EXAMINERS[number]!;
      const asked = { about: '', marker };
      expect(examine(asked, completionOf(`${marker} ${GOOD[number]}`)).failed).toBeNull();
      // A model that only repeats what it was asked.
      expect(examine(asked, completionOf(content)).failed).toBe('unparsable');
    });
  },
);
