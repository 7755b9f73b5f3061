import { describe, expect, it } from 'vitest';
import { loadPrompts } from '../../../src/ask/prompts/load-prompts.js';
import { AUTOIF_PROMPTS } from '../../../src/autoif/prompts.js';
import { SEED_CONSTRAINTS } from '../../../src/autoif/constraints/seed-constraints.js';
import { examineVerifier } from '../../../src/autoif/verifiers/examine-verifier.js';
import { completionOf } from '../../support/completion.js';

const VALUES: Readonly<Record<string, unknown>> = {
  examples: ['EXAMPLE 1', 'EXAMPLE 2'],
  count: 17,
  constraint: 'CONSTRAINT',
  constraints: ['CONSTRAINT 1', 'CONSTRAINT 2'],
  code: "def evaluate(response):\n    return '{{' in response",
  premise: 'PREMISE',
  hypothesis: 'HYPOTHESIS',
  query: 'QUERY',
  response: 'RESPONSE',
};

const promptOf = (name: string) => AUTOIF_PROMPTS.find((prompt) => prompt.name === name)!;

async function rendered(name: string, also: object = {}): Promise<{ content: string; marker: string | null }> {
  const prompt = promptOf(name);
  const variables = { ...Object.fromEntries(prompt.variables.map((one) => [one, VALUES[one]])), ...also };
  const { messages, marker } = (await loadPrompts(AUTOIF_PROMPTS)).render(prompt, variables);
  expect(messages.map(({ role }) => role)).toEqual(['user']);
  return { content: messages[0]!.content, marker };
}

describe('The built-in prompt', () => {
  it.each(AUTOIF_PROMPTS)(
    '$name holds everything that it is given, and no template text',
    async ({ name, variables }) => {
      const { content } = await rendered(name);
      for (const variable of variables) {
        for (const text of [VALUES[variable]].flat()) expect(content).toContain(String(text));
      }
      expect(content.replace(String(VALUES['code']), '')).not.toMatch(/\{[{%#]|[%#}]\}|undefined|null|\[object/);
      expect(content).not.toMatch(/\n{3}|[ \t]$/m);
      expect(content).toBe(content.trim());
    },
  );

  it.each([
    ['judge-contradiction', 'Label:'],
    ['grade', 'Score:'],
    ['augment-constraints', null],
    ['write-verifier', null],
    ['back-translate', null],
    ['respond-constrained', null],
  ])('%s has the marker %s', async (name, marker) => {
    const { content, marker: own } = await rendered(name);
    expect(own).toBe(marker);
    if (marker !== null) expect(content).toContain(`\n${marker} `);
  });

  it('respond-constrained puts one constraint into a sentence, and several into a list', async () => {
    expect((await rendered('respond-constrained', { constraints: ['Use no commas'] })).content).toContain(
      'QUERY\n\nYour answer must keep to this: Use no commas\n',
    );
    expect((await rendered('respond-constrained')).content).toContain(
      'all of these:\n- CONSTRAINT 1\n- CONSTRAINT 2\n',
    );
  });

  it('write-verifier shows an example of its form that can be read, of no constraint that is a seed', async () => {
    const { content } = await rendered('write-verifier');
    const example = examineVerifier({ constraint: 'CONSTRAINT' }, completionOf(content));
    expect(example).toMatchObject({ failed: null, droppedCases: {} });
    expect(example.code).toMatch(/^def evaluate\(response\):\n {4}words/);
    expect(example.cases.map(({ output }) => output)).toEqual([true, false, false]);
    expect(SEED_CONSTRAINTS.filter((seed) => /goodbye/i.test(seed))).toEqual([]);
  });
});
