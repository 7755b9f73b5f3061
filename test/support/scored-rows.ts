import { readFileSync } from 'node:fs';
import type { Example } from '../../src/rows/example.js';
import type { Engine } from '../../src/engine/engine.js';
import { combineLosses, type RowScores } from '../../src/score/combine.js';
import type { ScoreOptions } from '../../src/score/score-options.js';
import { prepareOptions } from './prepare-options.js';
import { prepareRow } from '../../src/score/sequences/prepare-row.js';
import type { ScoredSequence } from '../../src/score/sequences/prepared-row.js';
import { sequenceLosses } from '../../src/score/sequence-losses.js';
import type { Tokenizer } from '../../src/text/tokenizer.js';
import { fixture } from './fixtures.js';

export const readJsonLines = <Value>(path: string): Value[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Value => JSON.parse(line));

export const readGoldens = <Value>(...parts: string[]): Value[] => readJsonLines<Value>(fixture('goldens', ...parts));

/** A row's scores with the losses that they come from, end to end. */
export interface ScoredRow {
  readonly scores: RowScores;
  readonly losses: Float32Array;
}

/** Takes whole rows through recipe, engine and formulas, without the pipeline between them. */
export async function scoreExamples(
  examples: readonly Example[],
  engine: Engine,
  tokenizer: Tokenizer,
  request: ScoreOptions,
): Promise<ScoredRow[]> {
  const options = prepareOptions(request, engine.info);
  const prepared = (await Promise.all(examples.map((one) => prepareRow(one, tokenizer, options)))).flat();
  const sequences: ScoredSequence[] = prepared.flatMap((row) => row.sequences);
  const { signal } = new AbortController();
  const losses = await sequenceLosses(engine, sequences, { batchTokens: 16_384, stats: false, signal });
  let next = 0;
  return prepared.map((row) => {
    const own = row.sequences.flatMap(() => [...(losses[next++]?.nll ?? [])]);
    const values = Float32Array.from(own);
    return { scores: combineLosses(row, values), losses: values };
  });
}
