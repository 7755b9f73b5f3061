import type { BreadthMode } from './operations.js';
import type { Operation, Schedule } from './variant.js';

export interface PlannedStep {
  readonly round: number;
  readonly operation: Operation;
}

/** The steps that a seed goes through with one generator where nothing is eliminated. */
export function* plannedSteps(
  schedule: Schedule,
  index: number,
  {
    rounds = 1,
    bestOf = 1,
    breadth,
  }: { readonly rounds?: number; readonly bestOf?: number; readonly breadth?: BreadthMode },
): Generator<PlannedStep> {
  let rows = [index];
  for (let round = 1; round <= rounds; round++) {
    const added: number[] = [];
    for (const row of rows) {
      const operation = schedule.operationFor(row, round, 0);
      for (let sample = 0; sample < bestOf; sample++) yield { round, operation };
      if (operation.breadth && breadth === 'add') added.push(row + rows.length + added.length);
    }
    rows = [...rows, ...added];
  }
}
