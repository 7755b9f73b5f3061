/** The worker that an analysis is made in. */
import { answer } from '../async/answer.js';
import { reportingOver, type ReportingTask } from '../async/reporting-task.js';
import { assembleAnalysis } from './assemble.js';
import type { AnalyzeProgress } from './options.js';
import type { AnalyzePlan } from './plan.js';

export const analyze = ({ plan, port }: ReportingTask<AnalyzePlan>): Promise<unknown> =>
  answer(() => assembleAnalysis(plan, reportingOver<AnalyzeProgress>(port))).finally(() => port.close());
