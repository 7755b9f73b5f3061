import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScoreLine } from '../../src/runs/score-line.js';
import { atLength } from '../support/endurance.js';
import { newFolder, query, scored, writeRun } from './rank-fixture.js';
import { randomNumbers } from '../support/random.js';

const ROWS = atLength(20_000, 200_000);
const MOST_MIB = 400;
const MODULE = join(import.meta.dirname, '../../dist/rank/rank.js');

/** Ranks in a process of its own and says how much memory that had at its peak, in MiB. */
function peakOf(options: object): number {
  const script = `
    const { rank } = await import(${JSON.stringify(MODULE)});
    await rank(${JSON.stringify(options)});
    console.log(process.resourceUsage().maxRSS / 1024);`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}

// The compiled library: a test runner's own memory would count otherwise.
describe(`a run of ${ROWS} rows`, () => {
  it('is ranked within 400 MiB, whole and in order', { timeout: 600_000 }, async () => {
    const folder = newFolder();
    const data = join(folder, 'data.jsonl');
    const stream = createWriteStream(data);
    const random = randomNumbers(3);
    const lines: ScoreLine[] = [];
    for (let index = 0; index < ROWS; index++) {
      const text = 'some words of an answer '.repeat(20 + (index % 20));
      const row = { instruction: `do ${index}`, output: text, source: `s${index % 7}` };
      if (!stream.write(`${JSON.stringify(row)}\n`)) await once(stream, 'drain');
      lines.push(
        scored(index, { icIfd: Math.floor(random() * 1e5) / 1e5, lossQ: random(), hash: `${index}`.repeat(8) }),
      );
    }
    stream.end();
    await once(stream, 'finish');
    const run = await writeRun(folder, [data], lines);

    const out = join(folder, 'out.jsonl');
    expect(peakOf({ run, out })).toBeLessThan(MOST_MIB);
    const expected = lines.toSorted((a, b) => b.icIfd! - a.icIfd!).map(({ index }) => index);
    let position = 0;
    for await (const line of createInterface({ input: createReadStream(out) })) {
      if (!line.startsWith(`{"instruction":"do ${expected[position]}",`)) {
        expect.fail(`row ${position + 1} of the ranking is ${line.slice(0, 40)}`);
      }
      position++;
    }
    expect(position).toBe(ROWS);

    const parquet = join(folder, 'out.parquet');
    expect(
      peakOf({ run, out: parquet, per: 'source', where: `length(output) > 0 AND instruction <> 'do 7'` }),
    ).toBeLessThan(MOST_MIB);
    const inOrder = `SELECT evosift_index, evosift_ic_ifd, file_row_number FROM read_parquet('${parquet}', file_row_number = true)`;
    expect(
      await query(
        `SELECT count(*), count(DISTINCT evosift_index), bool_and(later <= evosift_ic_ifd) FROM
           (SELECT *, lead(evosift_ic_ifd) OVER (ORDER BY file_row_number) AS later FROM (${inOrder}))`,
      ),
    ).toEqual([[String(ROWS - 1), String(ROWS - 1), true]]);
  });
});
