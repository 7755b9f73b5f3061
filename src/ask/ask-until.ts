import type { Answered } from '../llm/question.js';

/**
 * Asks until an answer holds what it was asked for, or there are no tries left. A request that was given up on is not
 * made again.
 *
 * @param retries Tries after the first.
 * @param ask Makes a try, numbered from 0; later ones must be able to differ.
 * @param holds Whether it was found.
 * @returns The last try's outcome.
 * @throws What `ask` throws.
 */
export async function askUntil<Finding>(
  retries: number,
  ask: (attempt: number) => Promise<Answered<Finding>>,
  holds: (finding: Finding) => boolean,
): Promise<Answered<Finding>> {
  for (let attempt = 0; ; attempt++) {
    const answered = await ask(attempt);
    if (!answered.ok || holds(answered.finding) || attempt >= retries) return answered;
  }
}
