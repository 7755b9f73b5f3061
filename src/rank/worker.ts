/** The worker that a ranking is assembled in. */
import { answer } from '../async/answer.js';
import { assembleRanking } from './assemble.js';
import { planOver, type RankTask } from './channel.js';

export const rank = (task: RankTask): Promise<unknown> =>
  answer(() => assembleRanking(planOver(task))).finally(() => task.port.close());
