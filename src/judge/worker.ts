import { examineBy } from '../ask/examination.js';
import { runTask, type TaskOutcome, type WorkerTask } from '../llm/fleet/worker-task.js';
import { examineDifficulty } from './answers/difficulty.js';
import { examineScore } from './answers/score.js';

const examine = examineBy({ difficulty: examineDifficulty, score: examineScore });

/** A worker's task: to make a request and examine its answer, or to examine one that is there. */
export const run = (task: WorkerTask): Promise<TaskOutcome<unknown>> => runTask(task, examine);
