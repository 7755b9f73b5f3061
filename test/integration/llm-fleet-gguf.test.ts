import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { GeneratorPlan } from '../../src/llm/generator.js';
import { journalLines, newJournal, openFleet, question } from '../support/fleet-fixture.js';
import { describeWithSmollm2, SMOLLM2 } from '../support/smollm2.js';

const path = join(SMOLLM2, 'model.gguf');

describeWithSmollm2('the fleet over a GGUF model', () => {
  it('journals its answers under the name of the file, and has workers examine them', async () => {
    const journalPath = await newJournal();
    const plan: GeneratorPlan = { name: 'gguf', source: { kind: 'gguf', path }, systemPrompt: null, sampling: {} };
    const ask = async (): Promise<readonly unknown[]> => {
      await using fleet = await openFleet({ plans: [plan], journalPath });
      const sampling = { temperature: 0, maxTokens: 8 };
      const asked = [1, 2].map((item) =>
        fleet.ask<{ characters: number }>(question(plan, item, { sampling, examination: {} })),
      );
      const answers = await Promise.all(asked);
      return answers.map((one) => (one.ok ? [one.completion.text.length, one.finding.characters, one.journaled] : one));
    };
    const first = await ask();
    expect(first).toEqual([0, 1].map((_, at) => [expect.any(Number), (first[at] as number[])[0], false]));
    expect(await ask()).toEqual(first.map((one) => [...(one as number[]).slice(0, 2), true]));
    expect((await journalLines(journalPath)).map(({ model }) => model)).toEqual(['model.gguf', 'model.gguf']);
  }, 120_000);
});
