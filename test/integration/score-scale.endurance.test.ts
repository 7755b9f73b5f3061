import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atLength } from '../support/endurance.js';
import { runCli } from '../support/run-cli.js';

const ROWS = atLength(20_000, 200_000);
/** Beyond the weights, of which an engine that computes nothing has none. */
const MOST_MIB = 400;

let folder: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-scale-'));
  data = join(folder, 'rows.jsonl');
  const stream = createWriteStream(data);
  for (let index = 0; index < ROWS; index++) {
    const row = { instruction: `Add ${index} and ${index % 89}.`, output: `The sum is ${index + (index % 89)}.` };
    if (!stream.write(`${JSON.stringify(row)}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  [200, 'of its own choice', {}],
  [ROWS, 'of its own choice', {}],
  // What the tokenizer holds outside the heap must not wait for a collection that V8 sees no need for.
  [Math.min(60_000, ROWS), 'at most 8 MiB', { NODE_OPTIONS: '--max-semi-space-size=8' }],
] as const)(
  `%i rows are scored within ${MOST_MIB} MiB, V8's semi-space %s`,
  { timeout: 600_000 },
  async (rows, _size, env) => {
    const args = ['bench', 'throughput', '-m', 'idle', '--data', data, '--limit', String(rows), '--json', '--quiet'];
    const { code, stdout } = await runCli(args, { env });
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.rows).toBe(rows);
    expect(report.peak_rss_mib).toBeGreaterThan(0);
    expect(report.peak_rss_mib).toBeLessThan(MOST_MIB);
  },
);
