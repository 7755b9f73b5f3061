import type { Operation, Schedule } from './variant.js';

export interface PlannedStep {
  readonly round: number;
  readonly operation: Operation;
}

/** As `ChainParts` has them. */
export interface ChainShape {
  readonly rounds: number;
  readonly bestOf: number;
  readonly addsBreadth: boolean;
}

/** The steps that a seed goes through with one generator where nothing is eliminated. */
export function* plannedSteps(
  schedule: Schedule,
  index: number,
  { rounds, bestOf, addsBreadth }: ChainShape,
): Generator<PlannedStep> {
  let rows = [index];
  for (let round = 1; round <= rounds; round++) {
    const added: number[] = [];
    for (const row of rows) {
      const operation = schedule.operationFor(row, round, 0);
      for (let sample = 0; sample < bestOf; sample++) yield { round, operation };
      if (operation.breadth && addsBreadth) added.push(row + rows.length + added.length);
    }
    rows = [...rows, ...added];
  }
}

/** The questions that these steps take, by round from the first: an answer to what comes of each is one more. */
export function plannedQuestions(schedule: Schedule, index: number, shape: ChainShape, answers: boolean): number[] {
  const counts = Array<number>(shape.rounds).fill(0);
  for (const { round } of plannedSteps(schedule, index, shape)) {
    counts[round - 1] = (counts[round - 1] ?? 0) + (answers ? 2 : 1);
  }
  return counts;
}
