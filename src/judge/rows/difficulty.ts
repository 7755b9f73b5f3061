import { Mean } from '../../base/counts.js';
import { DIFFICULTIES, difficultyNumber, type Difficulty } from '../answers/difficulty.js';
import { JUDGE_DIFFICULTY } from '../prompts.js';
import type { RowMeasure, ValueTally } from './row-measure.js';

/** What a line of verdicts says of a row's difficulty: the level, and its number from 1 to 5. */
export interface DifficultyFields {
  readonly difficulty_level: Difficulty | null;
  readonly difficulty: number | null;
}

export interface DifficultyValues {
  /** Rows by level. */
  readonly levels: Readonly<Record<Difficulty, number>>;
  /** Of the levels' numbers; null where there are none. */
  readonly meanDifficulty: number | null;
}

export const DIFFICULTY: RowMeasure<Difficulty, DifficultyFields, DifficultyValues> = {
  measure: 'difficulty',
  prompt: JUDGE_DIFFICULTY,
  fields: (level) => ({ difficulty_level: level, difficulty: level === null ? null : difficultyNumber(level) }),
  tally: () => new LevelTally(),
};

class LevelTally implements ValueTally<Difficulty, DifficultyValues> {
  readonly #levels = new Map<Difficulty, number>(DIFFICULTIES.map((level) => [level, 0]));
  readonly #mean = new Mean();

  add(level: Difficulty): void {
    this.#levels.set(level, (this.#levels.get(level) ?? 0) + 1);
    this.#mean.add(difficultyNumber(level));
  }

  get values(): DifficultyValues {
    return {
      levels: Object.fromEntries(this.#levels) as DifficultyValues['levels'],
      meanDifficulty: this.#mean.value,
    };
  }
}
