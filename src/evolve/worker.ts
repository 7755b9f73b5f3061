import { examineBy } from '../ask/examination.js';
import { examineResponse } from '../ask/examine-response.js';
import { examineOptimiser } from '../auto-evol/optimiser.js';
import { runTask, type TaskOutcome, type WorkerTask } from '../llm/fleet/worker-task.js';
import { examineEvolved } from '../operations/examine-evolved.js';

const examine = examineBy({ response: examineResponse, evolved: examineEvolved, optimiser: examineOptimiser });

/** A worker's task: to make a request and examine its answer, or to examine one that is there. */
export const run = (task: WorkerTask): Promise<TaskOutcome<unknown>> => runTask(task, examine);
