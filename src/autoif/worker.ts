import { examineBy } from '../ask/examination.js';
import { examineResponse } from '../ask/examine-response.js';
import { runTask, type TaskOutcome, type WorkerTask } from '../llm/fleet/worker-task.js';
import { examineBackTranslation } from './verifiers/examine-back-translation.js';
import { examineConstraints } from './constraints/examine-constraints.js';
import { examineGrade } from './answers/examine-grade.js';
import { examineJudgement } from './verifiers/examine-judgement.js';
import { examineVerifier } from './verifiers/examine-verifier.js';

const examine = examineBy({
  constraints: examineConstraints,
  verifier: examineVerifier,
  'back-translation': examineBackTranslation,
  judgement: examineJudgement,
  grade: examineGrade,
  response: examineResponse,
});

/** A worker's task: to make a request and examine its answer, or to examine one that is there. */
export const run = (task: WorkerTask): Promise<TaskOutcome<unknown>> => runTask(task, examine);
