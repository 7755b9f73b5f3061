import { describe, expect, it } from 'vitest';
import type { AutoifOptions } from '../../../src/autoif/options.js';
import { settleAutoifOptions } from '../../../src/autoif/settle-options.js';
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
    [{ dpo: true, responses: 1 }, 'responses'],
    [{ rows: [] }, 'rows'],
  ])('%j are refused where they contradict each other', (options, option) => {
    expect(() => settled(options)).toThrow(expect.objectContaining({ code: 'bad_argument', option }));
  });

  it.each<[Partial<AutoifOptions>, boolean]>([
    [{ verifiers: 'run', responses: 0 }, true],
    [{ verifiers: 'run', responsesFile: 'answers.jsonl', quality: 'off' }, true],
    [{ verifiers: 'run', responsesFile: 'answers.jsonl' }, false],
    [{ verifiers: 'run', responses: 0, constraintsPerQuery: 2 }, false],
    [{ responses: 0 }, false],
  ])('%j need no generator: %s', (options, isEnough) => {
    const settle = () => settleAutoifOptions({ queries: ['queries.jsonl'], ...options });
    if (isEnough) expect(settle().generator).toBeUndefined();
    else expect(settle).toThrow(expect.objectContaining({ code: 'bad_argument', option: 'generator' }));
  });

  it('let `off` and 0 stand beside verifiers, which seek nothing', () => {
    expect(settled({ verifiers: 'run', augment: 'off', contradictions: 'off', backTranslations: 0 })).toBeDefined();
  });

  it('take an NLI model without back-translations where constraints are drawn for a query', () => {
    expect(settled({ nli: 'model', verifiers: 'run', constraintsPerQuery: 2 })).toMatchObject({ nli: 'model' });
  });
});
