import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepEarlierScores } from '../../../src/ask/scoring/keep-earlier-scores.js';
import { openScoring } from '../../../src/ask/scoring/run-scoring.js';
import { scoreDataset } from '../../../src/ask/scoring/score-dataset.js';
import { createScorer } from '../../../src/index.js';
import { AUTOIF_RUN, openGenerationRun } from '../../../src/runs/generation-run.js';
import { FormulaEngine } from '../../support/formula-engine.js';

const START = { paths: [], generators: [], limit: null, rounds: null, concurrency: null };
const LAYOUT = { format: 'messages', columns: { messages: 'messages', id: 'id' } } as const;

/** Scores so many rows in a run as one start of it; tells what the engine had to read. */
async function start(out: string, rows: number): Promise<number> {
  const engine = new FormulaEngine();
  const tokenizerDirectory = resolve(import.meta.dirname, '../../../models/pocket');
  const modelHash = async (): Promise<string> => 'formula';
  await using scorer = await createScorer(engine, { model: 'formula', tokenizerDirectory, modelHash });
  const options = { identity: { kind: 'autoif' }, start: START, force: false };
  await using run = await openGenerationRun(out, AUTOIF_RUN, options);
  const lines = Array.from({ length: rows }, (_, place) => ({
    id: String(place),
    messages: [
      { role: 'user', content: `Name ${place + 3} rivers.` },
      { role: 'assistant', content: 'The Rhine, the Nile and others.' },
    ],
  }));
  await writeFile(run.file('sft'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await using scoring = await openScoring(run, scorer, {});
  await keepEarlierScores(run, scoring);
  await scoreDataset(run, scoring, { file: 'sft', layout: LAYOUT, rows }, {});
  return engine.batches.reduce((sum, { starts }) => sum + starts.length - 1, 0);
}

const scores = async (out: string): Promise<string> => await readFile(join(out, 'scored/scores.jsonl'), 'utf8');

describe('Rows that a run made', () => {
  it('are scored once, however often the run is started and whatever rows come to them', async () => {
    const out = await mkdtemp(join(tmpdir(), 'evosift-scoring-'));
    const apart = await mkdtemp(join(tmpdir(), 'evosift-scoring-'));
    const [first, again, grown, whole] = [
      await start(out, 5),
      await start(out, 5),
      await start(out, 7),
      await start(apart, 7),
    ];
    expect(first).toBeGreaterThan(0);
    expect({ again, grown, whole }).toEqual({ again: 0, grown: (first * 2) / 5, whole: (first * 7) / 5 });
    expect(await scores(out)).toBe(await scores(apart));
  });

  it('are not scored where there are none', async () => {
    const out = await mkdtemp(join(tmpdir(), 'evosift-scoring-'));
    expect(await start(out, 0)).toBe(0);
    await expect(scores(out)).rejects.toThrow('ENOENT');
  });
});
