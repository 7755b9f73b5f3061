import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rank } from '../../src/rank/rank.js';
import { indexes, jsonLines, newFolder, plainRows, query, runOver, scored, unscored } from './rank-fixture.js';

const { run } = await runOver('data.jsonl', plainRows(4), [
  ...[0, 1, 2].map((index) => scored(index, { id: `row-${index}`, icIfd: index })),
  unscored(3, { id: 'row-3' }),
]);

function file(name: string, text: string): string {
  const path = join(newFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('joins', () => {
  it('of several files stand beside each other; of a name that two have the later one has the number of its file', async () => {
    const difficulty = file(
      'difficulty.jsonl',
      [0, 1, 2, 3].map((n) => `{"hash":"hash-${n}","score":${n},"ifd":0}\n`).join(''),
    );
    const reward = file('reward.csv', 'id,score,ifd\nrow-0,5.5,1\nrow-2,-1,2\n');
    const out = join(newFolder(), 'out.jsonl');
    const by = 'score + joined2_score';
    const summary = await rank({ run, join: [difficulty, reward], by, out });
    expect(jsonLines(out).map(({ evosift }) => evosift)).toMatchObject([
      { index: 0, score: 0, joined_ifd: 0, joined2_score: '5.5', joined2_ifd: '1' },
      { index: 2, score: 2, joined_ifd: 0, joined2_score: '-1', joined2_ifd: '2' },
    ]);
    expect(summary.joins).toEqual([
      { path: difficulty, key: 'hash', found: 3, missing: 0 },
      { path: reward, key: 'id', found: 2, missing: 1 },
    ]);
    expect(summary.leftOut).toEqual({ no_value: 1, unscored: 1 });
  });

  it("are called apart from the ranking's own columns and from names in another case", async () => {
    const other = file(
      'other.jsonl',
      [0, 1, 2].map((n) => `{"hash":"hash-${n}","IFD":${-n},"Score":${n},"score":${n * 2},"rank":9}\n`).join(''),
    );
    const out = join(newFolder(), 'out.jsonl');
    await rank({ run, join: other, by: 'joined_ifd + 0 * joined1_score', where: 'ifd = 1 AND joined_rank = 9', out });
    expect(jsonLines(out).map(({ evosift }) => evosift)).toMatchObject([
      { index: 0, ifd: 1, joined_IFD: 0, Score: 0, joined1_score: 0, rank: 1, joined_rank: 9 },
      { index: 1, ifd: 1, joined_IFD: -1, Score: 1, joined1_score: 2, rank: 2, joined_rank: 9 },
      { index: 2, ifd: 1, joined_IFD: -2, Score: 2, joined1_score: 4, rank: 3, joined_rank: 9 },
    ]);
  });

  it("are not mixed up with a row's own column in another case", async () => {
    const rows = [3, 4].map((IFD) => `${JSON.stringify({ instruction: 'a', output: 'b', IFD })}\n`).join('');
    const own = await runOver('data.jsonl', rows, [scored(0), scored(1)]);
    const out = join(newFolder(), 'out.jsonl');
    await rank({ run: own.run, by: 'data_IFD', where: 'ifd = 1', out });
    expect(indexes(out)).toEqual([1, 0]);
  });

  it("take a judge's run by its verdicts, an analysis' run by its rows", async () => {
    const judge = newFolder();
    writeFileSync(
      join(judge, 'verdicts.jsonl'),
      '{"index":0,"id":"row-0","hash":"hash-0","level":"hard"}\n{"index":1,"id":"row-1","hash":"hash-1","level":null}\n',
    );
    const analysis = newFolder();
    await query(
      `COPY (FROM (VALUES ('hash-0', 0.25::FLOAT), ('hash-1', 0.5::FLOAT)) t(hash, min_neighbor_distance))
       TO '${join(analysis, 'rows.parquet')}' (FORMAT parquet)`,
    );
    const out = join(newFolder(), 'out.jsonl');
    await rank({ run, join: [judge, analysis], where: `level = 'hard'`, by: 'min_neighbor_distance', out });
    expect(indexes(out)).toEqual([0]);
    expect(jsonLines(out)[0]!.evosift).toMatchObject({ level: 'hard', min_neighbor_distance: 0.25 });
  });

  it('take of an analysis of several runs the rows of the run that is ranked', async () => {
    const analysis = newFolder();
    const write = (own: string): Promise<unknown> =>
      query(
        `COPY (FROM (VALUES ('${own}', 'hash-0', 7), ('${own}', 'hash-1', 8), ('other', 'hash-0', 9)) t(run, hash, words))
         TO '${join(analysis, 'rows.parquet')}' (FORMAT parquet)`,
      );
    // The fixture's run is in a directory of that name.
    await write('run');
    const out = join(newFolder(), 'out.jsonl');
    for (const joined of [analysis, join(analysis, 'rows.parquet')]) {
      await rank({ run, join: joined, by: 'words', out });
      expect(jsonLines(out).map(({ evosift }) => [evosift['index'], evosift['words']])).toEqual([
        [1, 8],
        [0, 7],
      ]);
    }
    await write('third');
    await expect(rank({ run, join: analysis, by: 'words' })).rejects.toThrow(
      /is about the runs third, other, and none/,
    );
  });

  it('find the turns of a row each by its own number, where both have one', async () => {
    const lines = [0, 1].map((turn) => scored(0, { turn, icIfd: turn }));
    const { run: turns } = await runOver('data.jsonl', plainRows(1), lines, { identity: { turns: 'each' } });
    const byTurn = file('turns.csv', 'hash,index,turn,words\nhash-0,0,0,7\nhash-0,0,1,8\n');
    const byRow = file('rows.csv', 'hash,level\nhash-0,hard\n');
    const out = join(newFolder(), 'out.jsonl');
    await rank({ run: turns, join: [byTurn, byRow], by: 'words', out });
    expect(jsonLines(out).map(({ evosift }) => evosift)).toMatchObject([
      { turn: 1, words: '8', level: 'hard' },
      { turn: 0, words: '7', level: 'hard' },
    ]);
  });

  it('of a folder without either, or without a key, are refused by name', async () => {
    const folder = join(newFolder(), 'empty');
    mkdirSync(folder);
    await expect(rank({ run, join: folder })).rejects.toMatchObject({
      code: 'bad_data',
      message: `rank: \`join\`: ${folder} holds neither verdicts.jsonl nor rows.parquet; name a file, or the run of a judge or an analysis`,
    });
    const good = file('a.jsonl', '{"hash":"hash-0"}\n');
    const bad = file('b.jsonl', '{"a":1}\n');
    await expect(rank({ run, join: [good, bad] })).rejects.toThrow(`${bad} has no column hash or id`);
    const unfinished = newFolder();
    writeFileSync(join(unfinished, 'verdicts.jsonl'), '');
    await expect(rank({ run, join: unfinished })).rejects.toThrow(`${unfinished} is not finished`);
    const strange = file('d.jsonl', '{"hash":"strange","words":1}\n');
    await expect(rank({ run, join: strange, by: 'words' })).rejects.toThrow(
      `${strange} was found for 0 of 3 rows (by hash)`,
    );
    await expect(rank({ run, join: [''] })).rejects.toThrow('`join` must be a non-empty string, or an array of them');
  });
});
