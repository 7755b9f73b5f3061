import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clock } from '../../../src/cli/progress.js';

describe('clock', () => {
  it.each([
    [0, '0:00'],
    [59.6, '1:00'],
    [61, '1:01'],
    [3_725, '1:02:05'],
  ])('shows %s s as %s', (seconds, expected) => {
    expect(clock(seconds)).toBe(expected);
  });
});

describe('progress without a terminal', () => {
  const run = async (quiet: boolean, tokens = 'later * 2'): Promise<string> => {
    const script = `
      import { showProgress } from ${JSON.stringify(resolve(import.meta.dirname, '../../../dist/cli/progress.js'))};
      const now = performance.now();
      let later = 0;
      performance.now = () => now + later;
      const shown = showProgress('scoring', ${quiet});
      for (later = 0; later <= 25_000; later += 1_000) shown.update({ rows: later / 100, total: 500, tokens: ${tokens} });
      shown.say('done');
    `;
    const { stderr, stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe('');
    return stderr;
  };

  it('is a plain line every 10 s, with rates and the time left', async () => {
    expect((await run(false)).split('\n')).toEqual([
      'scoring 100/500 rows, 10.0 rows/s, 2000 tokens/s, 0:40 left',
      'scoring 200/500 rows, 10.0 rows/s, 2000 tokens/s, 0:30 left',
      'done',
      '',
    ]);
  });

  it('says nothing of tokens where none are counted', async () => {
    expect((await run(false, 'null')).split('\n')[0]).toBe('scoring 100/500 rows, 10.0 rows/s, 0:40 left');
  });

  it('is nothing at all when quiet', async () => {
    expect(await run(true)).toBe('');
  });
});
