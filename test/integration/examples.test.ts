import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.js';

interface Golden {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
  readonly ifd: number;
  readonly ic_ifd: number;
}
interface Line {
  readonly index: number;
  readonly status: string;
  readonly reason: string | null;
  readonly ifd: number | null;
  readonly ic_ifd: number | null;
}

const example = (name: string): string => resolve(import.meta.dirname, '../../examples', name);

describe('the examples', () => {
  let goldens: Golden[];
  let rows: { instruction: string; input: string; output: string }[];
  beforeAll(() => {
    goldens = readFileSync(fixture('goldens/pocket/evolution-analysis.gsm8k-100.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .slice(0, 24)
      .map((line) => JSON.parse(line) as Golden);
    rows = goldens.map(({ instruction, input, output }) => ({ instruction, input, output }));
  });

  it('the script prints the ten best rows, best first, and names a row without a score', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evosift-example-'));
    try {
      const file = join(folder, 'rows.json');
      writeFileSync(file, JSON.stringify([...rows, { instruction: 'Say nothing.', input: '', output: '' }]));
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [example('score.mjs'), file]);
      const best = goldens.toSorted((a, b) => b.ic_ifd - a.ic_ifd).slice(0, 10);
      expect(stdout.trimEnd().split('\n')).toHaveLength(10);
      for (const [i, line] of stdout.trimEnd().split('\n').entries())
        expect(Number(line.split(' ')[0])).toBeCloseTo(best[i]!.ic_ifd, 2);
      expect(stderr).toBe('row 24: empty_response\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe('the service', () => {
    let service: ChildProcessByStdio<null, Readable, Readable>;
    let exited: Promise<unknown[]>;
    let messages = '';
    let url: string;
    beforeAll(async () => {
      const env = { ...process.env, PORT: '0', HOST: '127.0.0.1' };
      service = spawn(process.execPath, [example('service.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      exited = once(service, 'exit');
      service.stderr.on('data', (chunk) => (messages += String(chunk)));
      for await (const line of createInterface(service.stdout)) {
        url = line.replace('listening on ', '');
        break;
      }
      expect({ url, messages }).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), messages: '' });
    });
    afterAll(() => service.kill('SIGKILL'));

    const post = (body: object, signal?: AbortSignal): Promise<Response> =>
      fetch(`${url}/score`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal,
      });
    const linesOf = async (response: Response): Promise<Line[]> =>
      (await response.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);

    it('answers a line a row, in order, with the published scores', async () => {
      const lines = await linesOf(await post({ rows: [...rows, { instruction: 'x', output: '' }] }));
      expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: 25 }, (_, i) => i));
      for (const [i, golden] of goldens.entries()) {
        // The service runs in the machine's own precision, bf16 where it has it; the goldens are f32.
        expect(Math.abs(lines[i]!.ifd! - golden.ifd)).toBeLessThan(0.01);
        expect(Math.abs(lines[i]!.ic_ifd! - golden.ic_ifd)).toBeLessThan(0.003);
      }
      expect(lines[24]).toMatchObject({ status: 'unscored', reason: 'empty_response', ic_ifd: null });
    });

    it('gives requests that arrive together the scores that they get alone', async () => {
      const alone = await linesOf(await post({ rows }));
      const together = await Promise.all([0, 1, 2].map(async () => linesOf(await post({ rows }))));
      expect(together).toEqual([alone, alone, alone]);
    });

    it('refuses a wrong option with status 400 and its name', async () => {
      const response = await post({ rows, recipe: 'soup' });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'bad_argument', message: expect.stringContaining('recipe') });
      expect((await post({ rows: [] })).status).toBe(400);
    });

    it('drops the work of a caller who leaves, and goes on serving', async () => {
      const leave = new AbortController();
      const many = Array.from({ length: 200 }, () => rows).flat();
      const response = await post({ rows: many }, leave.signal);
      const reader = response.body!.getReader();
      await reader.read();
      leave.abort();
      await expect(reader.read()).rejects.toThrow(/abort/i);
      expect(await linesOf(await post({ rows: rows.slice(0, 2) }))).toHaveLength(2);
    });

    it('ends well on SIGTERM', async () => {
      service.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      expect(messages).toBe('');
    });
  });
});
