import { describe, expect, it } from 'vitest';
import { settleAutoOptions, type AutoOptions } from '../../../src/auto-evol/options.js';

describe('settleAutoOptions', () => {
  it('uses the method as it is where nothing is said', () => {
    const settings = settleAutoOptions({}, false);
    expect(settings).toMatchObject({ optimise: false, objective: 'failures', steps: 10, seed: 0 });
    expect(settings).not.toHaveProperty('methodFile');
  });

  it('takes the published numbers from the preset, and lets a field win over it', () => {
    expect(settleAutoOptions({ optimise: true, preset: 'published' }, false)).toMatchObject({
      batch: 10,
      development: 50,
      steps: 10,
      candidates: 5,
      patience: 10,
    });
    expect(settleAutoOptions({ optimise: true, preset: 'published', steps: 3 }, false)).toMatchObject({ steps: 3 });
    expect(settleAutoOptions({ optimise: true }, false)).toMatchObject({ batch: 10, development: 50, patience: 2 });
  });

  it.each<[AutoOptions, string | RegExp]>([
    [{ optimise: true, steps: 0 }, 'auto: `steps` must be an integer of at least 1, not 0'],
    [{ optimise: true, batch: 1.5 }, 'auto: `batch` must be an integer of at least 1, not 1.5'],
    [{ optimise: true, batchRounds: 0 }, 'auto: `batchRounds` must be an integer of at least 1, not 0'],
    [{ optimise: true, candidates: -1 }, 'auto: `candidates` must be an integer of at least 1, not -1'],
    [{ optimise: true, development: NaN }, 'auto: `development` must be an integer of at least 1, not NaN'],
    [{ optimise: true, patience: 0 }, 'auto: `patience` must be an integer of at least 1, not 0'],
    [{ optimise: true, objective: 'ifd' as never }, 'auto: `objective` must be one of failures, ic_ifd, not "ifd"'],
    [{ optimise: true, preset: 'paper' as never }, 'auto: `preset` must be one of published, not "paper"'],
    [{ optimise: 'yes' as never }, 'auto: `optimise` must be true or false, not "yes"'],
    [{ methodFile: '' }, 'auto: `methodFile` must be a non-empty string, not ""'],
    [{ optimise: true, optimiser: 'openai:x' as never }, /^auto: `optimiser` must be a generator plan/],
    [{ seed: -1 }, 'auto: `seed` must be an integer of at least 0, not -1'],
    [{ stepps: 3 } as never, /^auto: unknown option `stepps`; the options are optimise, preset, steps/],
    [{ steps: 3 }, 'auto: `steps` says how the method is optimised; it needs `optimise`'],
    [{ optimise: true, objective: 'ic_ifd' }, 'auto: the `objective` ic_ifd compares scores; it needs `scorer`'],
  ])('%j is refused', (options, message) => {
    const settle = (): unknown => settleAutoOptions(options, false);
    expect(settle).toThrow(message);
    expect(settle).toThrow(expect.objectContaining({ code: 'bad_argument' }));
  });
});
