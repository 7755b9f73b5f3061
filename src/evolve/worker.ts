import { carryTask, type Carried, type CarryTask } from '../llm/fleet/carry-request.js';
import { examine } from '../operations/examine.js';
import type { Finding } from './variant.js';

/** A worker's task: to make a request and examine its answer, or to examine one that is there. */
export const carry = (task: CarryTask): Promise<Carried<Finding | null>> =>
  carryTask<Finding>(task, (completion, examination) => examine(examination, completion));
