import type { AskContext } from '../ask/ask-prompt.js';
import type { Questions } from '../ask/questions.js';
import type { Scoring } from '../score/scoring-stream.js';
import { responderOf } from './evolution-plan.js';
import type { EvolveSettings } from './evolve-options.js';
import type { Chain } from './evolve-row.js';
import type { Schedule } from './schedule.js';

/**
 * The chains of a run, one for each generator.
 *
 * @param scheduleOf By the generator's number.
 */
export function chainsOf(
  settings: EvolveSettings,
  context: AskContext,
  scoring: Scoring | null,
  questions: Questions,
  scheduleOf: (generator: number) => Schedule,
): readonly Chain[] {
  const { rounds, breadth, retries, bestOf, eliminate } = settings;
  return settings.generators.map((plan, generator) => {
    const responder = responderOf(settings, plan);
    return {
      context,
      evolver: { plan, eliminate, maxCharacters: scoring?.maxCharacters ?? null },
      generator,
      schedule: scheduleOf(generator),
      rounds,
      addsBreadth: breadth === 'add',
      retries,
      bestOf,
      responder: responder === null ? null : { plan: responder, retries },
      scoring,
      questions,
    };
  });
}
