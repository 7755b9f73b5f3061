import { describe, expect, it } from 'vitest';
import { settleAutoifOptions, type AutoifOptions } from '../../../src/autoif/options.js';
import { parsePlans } from '../../../src/llm/index.js';

const [generator] = await parsePlans(['openai:m@http://127.0.0.1:9/v1']);
const settled = (options: Partial<AutoifOptions>) =>
  settleAutoifOptions({ generator: generator!, queries: ['queries.jsonl'], ...options });

describe('The options of AutoIF', () => {
  it('ask for as many constraints as the requests say, in place of those of `augment`', () => {
    expect(settled({ augment: 'published', augmentRequests: 3 })).toMatchObject({
      augmentRequests: 3,
      augmentSize: 50,
    });
    expect(settled({ augment: 'off', augmentRequests: 0 })).toMatchObject({ augmentRequests: 0 });
  });

  it.each<[Partial<AutoifOptions>, string]>([
    [{ augment: 'off', augmentRequests: 3 }, 'augmentRequests'],
    [{ queryMin: 301 }, 'queryMin'],
    [{ responsesFile: 'answers.jsonl', responses: 2 }, 'responses'],
    [{ verifiers: 'run', samples: 4 }, 'samples'],
    [{ nli: 'model', contradictions: 'off' }, 'nli'],
    [{ nli: 'model', backTranslations: 0 }, 'nli'],
    [{ rows: [] }, 'rows'],
  ])('%j are refused where they contradict each other', (options, option) => {
    expect(() => settled(options)).toThrow(expect.objectContaining({ code: 'bad_argument', option }));
  });

  it('take an NLI model without back-translations where constraints are drawn for a query', () => {
    expect(settled({ nli: 'model', verifiers: 'run', constraintsPerQuery: 2 })).toMatchObject({ nli: 'model' });
  });
});
