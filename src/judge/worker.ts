import { examineBy } from '../ask/examination.js';
import { runTask, type TaskOutcome, type WorkerTask } from '../llm/fleet/worker-task.js';
import { examineDifficulty } from './answers/difficulty.js';
import { examineKeyword } from './answers/keyword.js';
import { examinePreference } from './answers/preference.js';
import { examineScore } from './answers/score.js';

const examine = examineBy({
  difficulty: examineDifficulty,
  score: examineScore,
  pairwise: examinePreference,
  keywords: examineKeyword,
});

/** A worker's task: to make a request and examine its answer, or to examine one that is there. */
export const run = (task: WorkerTask): Promise<TaskOutcome<unknown>> => runTask(task, examine);
