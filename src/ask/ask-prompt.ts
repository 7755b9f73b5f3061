import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Answered, Asker, JournalKey } from '../llm/question.js';
import type { Examination } from './examination.js';
import type { Prompts, RenderedPrompt } from './prompts/prompt-pack.js';
import type { Prompt } from './prompts/prompt.js';
import { generatorSampling, promptSampling, redrawn, type SamplingSettings } from './sampling.js';

/** What a command asks with. */
export interface AskContext {
  readonly asker: Asker;
  readonly prompts: Prompts;
  /** What the command says of sampling. */
  readonly sampling: SamplingSettings;
}

/** A prompt to ask. */
export interface PromptQuestion<Finding> {
  readonly plan: GeneratorPlan;
  readonly prompt: Prompt;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly key: JournalKey;
  /** In place of the prompt's sampling with the generator's own settings. */
  readonly sampling?: Sampling;
  /** How often the same was asked before: the answer must be able to differ. Default 0. */
  readonly draw?: number;
  readonly examination: (rendered: RenderedPrompt) => Examination<Finding>;
}

/**
 * Asks a generator a prompt of the pack, and has its answer examined.
 *
 * @throws EvosiftError as `Prompts.render` and `Asker.ask`.
 */
export async function askPrompt<Finding>(
  { asker, prompts, sampling: settings }: AskContext,
  { plan, prompt, variables, key, sampling, draw = 0, examination }: PromptQuestion<Finding>,
): Promise<Answered<Finding>> {
  const rendered = prompts.render(prompt, variables);
  const own = sampling ?? generatorSampling(plan, key.operation, promptSampling(prompt, settings));
  return await asker.ask<Finding>({
    key,
    plan,
    messages: rendered.messages,
    sampling: redrawn(own, draw),
    examination: examination(rendered),
  });
}
