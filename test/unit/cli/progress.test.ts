import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { progressOf } from '../../../src/cli/llm-arguments.js';
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
  const run = async (quiet: boolean, tokens = 'later * 2', questions = 'undefined'): Promise<string> => {
    const script = `
      import { showProgress } from ${JSON.stringify(resolve(import.meta.dirname, '../../../dist/cli/progress.js'))};
      const now = Math.floor(performance.now());
      let later = 0;
      performance.now = () => now + later;
      const shown = showProgress('scoring', ${quiet});
      for (later = 0; later <= 25_000; later += 1_000) shown.update({ rows: later / 100, total: 500, tokens: ${tokens}, questions: ${questions} });
      shown.say('done');
    `;
    const { stderr, stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe('');
    return stderr;
  };

  it('is a plain line after 2 s and every 10 s, with rates and the time left', async () => {
    expect((await run(false)).split('\n')).toEqual([
      'scoring 20/500 rows, 10.0 rows/s, 2000 tokens/s, 0:48 left',
      'scoring 100/500 rows, 10.0 rows/s, 2000 tokens/s, 0:40 left',
      'scoring 200/500 rows, 10.0 rows/s, 2000 tokens/s, 0:30 left',
      'done',
      '',
    ]);
  });

  it('says nothing of tokens where none are counted', async () => {
    expect((await run(false, 'null')).split('\n')[0]).toBe('scoring 20/500 rows, 10.0 rows/s, 0:48 left');
  });

  it('counts questions where generators are asked, and takes no time for what a journal answered', async () => {
    const questions = '{ answered: 50 + Math.floor(later / 2000), planned: 110, journaled: 50 }';
    expect((await run(false, 'null', questions)).split('\n').slice(0, 2)).toEqual([
      'scoring 51/110 questions, 30.0 questions/min, 1:58 left',
      'scoring 55/110 questions, 30.0 questions/min, 1:50 left',
    ]);
  });

  it('counts anew where a stage begins, or the next run in it', async () => {
    const script = (updates: string): string => `
      import { showProgress } from ${JSON.stringify(resolve(import.meta.dirname, '../../../dist/cli/progress.js'))};
      const now = Math.floor(performance.now());
      let later = 0;
      performance.now = () => now + later;
      const shown = showProgress('analysing', false);
      const update = (at, rows, stage) => { later = at; shown.update({ rows, total: null, tokens: null, stage }); };
      ${updates}`;
    const told = async (updates: string): Promise<string[]> => {
      const args = ['--input-type=module', '-e', script(updates)];
      return (await promisify(execFile)(process.execPath, args)).stderr.split('\n').slice(0, -1);
    };
    const stages = "update(0, 0); update(1000, 900); update(1500, 0, 'embedding'); update(3500, 40, 'embedding');";
    expect(await told(stages)).toEqual(['analysing row 40, 20.0 rows/s, embedding']);
    const upwards = "update(0, 0); update(1000, 100); update(1500, 300, 'measuring'); update(2500, 310, 'measuring');";
    expect(await told(upwards)).toEqual(['analysing row 310, 10.0 rows/s, measuring']);
    const runs = "update(0, 0, 'x'); update(1000, 900, 'x'); update(1500, 0, 'x'); update(3500, 40, 'x');";
    expect(await told(runs)).toEqual(['analysing row 40, 20.0 rows/s, x']);
  });

  it('is nothing at all when quiet', async () => {
    expect(await run(true)).toBe('');
  });
});

describe('the progress of generators', () => {
  const now = {
    rows: 0,
    total: 12,
    answered: 30,
    planned: 48,
    journaled: 0,
    requests: 33,
    tokens: 900,
    inFlight: 4,
    failures: { timeout: 3 },
  };

  it('tells the parts that are under way, where there are several, and what failed', () => {
    const parts = [
      { name: 'round 1', answered: 24, planned: 24 },
      { name: 'round 2', answered: 6, planned: 20 },
      { name: 'round 3', answered: 0, planned: 4 },
    ];
    expect(progressOf({ ...now, parts })).toEqual({
      rows: 0,
      total: 12,
      tokens: 900,
      questions: { answered: 30, planned: 48, journaled: 0 },
      note: 'round 2: 6/20, 4 in flight, 3 timeout',
    });
    expect(progressOf({ ...now, parts: parts.slice(1, 2) }).note).toBe('4 in flight, 3 timeout');
  });
});
