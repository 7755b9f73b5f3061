import { examineBy } from '../ask/examination.js';
import { examineResponse } from '../ask/examine-response.js';
import { examineOptimiser } from '../auto-evol/optimiser.js';
import { carryTask, type Carried, type CarryTask } from '../llm/fleet/carry-request.js';
import { examineEvolved } from '../operations/examine-evolved.js';

const examine = examineBy({ response: examineResponse, evolved: examineEvolved, optimiser: examineOptimiser });

/** A worker's task: to make a request and examine its answer, or to examine one that is there. */
export const carry = (task: CarryTask): Promise<Carried<unknown>> => carryTask(task, examine);
