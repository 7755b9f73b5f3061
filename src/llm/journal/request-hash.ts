import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { canonicalJson } from '../../base/json.js';
import type { ChatMessage, Sampling } from '../chat.js';
import type { GeneratorPlan } from '../generator.js';
import type { JournalKey } from '../question.js';

/**
 * What answers a plan's requests: the model's name and, where the plan adds something to every request, a digest of
 * that. Where it is reached and with which headers does not count.
 */
export function modelOf(plan: GeneratorPlan): string {
  const { source, systemPrompt } = plan;
  const name = source.kind === 'openai' ? source.model : basename(source.path);
  const body = source.kind === 'openai' ? source.body : {};
  if (systemPrompt === null && Object.keys(body).length === 0) return name;
  return `${name}#${hash('sha256', canonicalJson([systemPrompt, body])).slice(0, 12)}`;
}

/**
 * Hex sha-256 of what an answer depends on. A stable value: journals are read by it.
 *
 * @param model As `modelOf` gives it.
 */
export function requestHash(model: string, messages: readonly ChatMessage[], sampling: Sampling): string {
  const { temperature = null, topP = null, maxTokens, seed = null, logprobs = false } = sampling;
  const turns = messages.map(({ role, content }) => [role, content]);
  return hash('sha256', JSON.stringify([model, turns, [temperature, topP, maxTokens, seed, logprobs]]));
}

/** Hex sha-256 by which a generator's answer to a request is found in a journal. */
export function addressOf(generator: string, key: JournalKey, request: string): string {
  const { stage, item, operation, sample, attempt } = key;
  return hash('sha256', JSON.stringify([generator, stage, item, operation, sample, attempt, request]));
}
