import { EvosiftError } from '../base/errors.js';
import type { ModelHead, PackedBatch } from './engine.js';

const HEADS: Readonly<Record<ModelHead, string>> = {
  language_model: 'The model is a language model, which gives losses and no reward',
  reward: 'The model is a reward model, which gives one number for a sequence and no losses',
};

const WANTED: Readonly<Record<ModelHead, string>> = {
  language_model: 'take a language model (...ForCausalLM)',
  reward: 'take a reward model (...ForSequenceClassification with one label), in the native engine',
};

/**
 * Sees that a model computes what it is asked for.
 *
 * @throws EvosiftError `bad_argument`.
 */
export function requireHead(head: ModelHead, wanted: ModelHead): void {
  if (head === wanted) return;
  throw new EvosiftError('bad_argument', `${HEADS[head]}: ${WANTED[wanted]}.`, { option: 'model' });
}

/**
 * Holds a batch to the model's head.
 *
 * @param reward Whether rewards are asked for.
 * @throws EvosiftError `bad_argument` where the head is another; RangeError where losses are asked for beside rewards.
 */
export function checkHead({ spans }: PackedBatch, head: ModelHead, reward: boolean): void {
  if (reward) requireHead(head, 'reward');
  else if (spans.length > 0) requireHead(head, 'language_model');
  if (reward && spans.length > 0) throw new RangeError('spans must be empty where rewards are asked for');
}
