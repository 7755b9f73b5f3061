import { integerFrom, isText, oneOf, type OptionRule, type OptionRules } from '../base/option-checks.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { SamplingOptions } from './sampling.js';

/** How much may be asked at a time and in all. None of it changes what comes of a run. */
export interface LimitOptions {
  /** Requests in flight, for each generator. */
  readonly concurrency?: number;
  /** Requests a minute, for each generator. */
  readonly rpm?: number;
  /** Tokens a minute, for each generator. */
  readonly tpm?: number;
  /** Seconds that a request may take; default 120. */
  readonly timeout?: number;
  /** Requests that this start may send; then it stops, and the same call goes on. */
  readonly budgetRequests?: number;
  /** Tokens that this start may use, prompts and answers together. */
  readonly budgetTokens?: number;
}

/** What all commands that ask generators take. */
export interface RequestOptions extends SamplingOptions, LimitOptions {
  /** A folder of prompts that stand in for the built-in ones of the same names. */
  readonly prompts?: string;
}

const positiveNumber: OptionRule = {
  expected: 'a number above 0',
  accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
};

const numberTo = (most: number): OptionRule => ({
  expected: `a number from 0 to ${most}`,
  accepts: (value) => typeof value === 'number' && value >= 0 && value <= most,
});

export const SAMPLING_PRESETS = ['published', 'own'] as const;

export const REQUEST_RULES: OptionRules<RequestOptions> = {
  samplingPreset: oneOf(...SAMPLING_PRESETS),
  temperature: numberTo(2),
  topP: numberTo(1),
  maxTokens: integerFrom(1),
  seed: integerFrom(0),
  concurrency: integerFrom(1),
  rpm: positiveNumber,
  tpm: positiveNumber,
  timeout: positiveNumber,
  budgetRequests: integerFrom(1),
  budgetTokens: integerFrom(1),
  prompts: isText,
};

const isPlanValue = (value: unknown): value is GeneratorPlan =>
  typeof value === 'object' && value !== null && 'name' in value && 'source' in value;

export const isPlan: OptionRule = { expected: 'a generator plan, as parsePlans makes it', accepts: isPlanValue };

export const planList: OptionRule = {
  expected: 'an array of generator plans, as parsePlans makes them',
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isPlanValue),
};
