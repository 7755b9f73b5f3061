import { hash } from 'node:crypto';
import { canonicalJson } from '../../base/json.js';
import type { Question } from '../question.js';

/**
 * A question with a seed of its own, made of the one that was given and of its key: generators draw the same numbers
 * for the same seed, so that with one seed for all, every answer of a run would begin with the same luck.
 */
export function withOwnSeed(question: Question): Question {
  const { key, sampling } = question;
  if (sampling.seed === undefined) return question;
  const digest = hash('sha256', canonicalJson([sampling.seed, key]));
  // 31 bits: what every server takes.
  const seed = Number.parseInt(digest.slice(0, 8), 16) >>> 1;
  return { ...question, sampling: { ...sampling, seed } };
}
