import { SYSTEM_END } from './alpaca-template.js';
import { DATASET, type Trainer, type Training } from './trainer.js';
import { Refusal, type TrainingMessage, type TrainingRow } from './training-row.js';

/** Name of the data set in `dataset_info.json`. */
const NAME = 'selected';

const ENTRY = {
  file_name: DATASET,
  formatting: 'sharegpt',
  columns: { messages: 'messages', system: 'system', tools: 'tools' },
  tags: {
    role_tag: 'role',
    content_tag: 'content',
    user_tag: 'user',
    assistant_tag: 'assistant',
    observation_tag: 'observation',
    function_tag: 'function_call',
    system_tag: 'system',
  },
};

const isAnswer = ({ role }: TrainingMessage): boolean => role === 'assistant';

/**
 * Messages in its ShareGPT form: who asks (user, observation) and who answers (assistant, function_call) take turns, and
 * all answers are learnt, or by its settings the last one. A call of tools stands in the place of a text, as JSON.
 */
function lines({ messages, tools }: TrainingRow, { template, isLastTurnOnly }: Training): readonly object[] | Refusal {
  const [first] = messages;
  const system = first?.role === 'system' ? first.content + (template === 'alpaca' ? SYSTEM_END : '') : '';
  const turns = first?.role === 'system' ? messages.slice(1) : messages;
  if (turns.some(({ role }) => role === 'system')) return new Refusal('system_in_the_middle');
  if (turns.some((turn, at) => isAnswer(turn) !== (at % 2 === 1))) return new Refusal('turn_order');
  if (!isLastTurnOnly && turns.some((turn) => isAnswer(turn) && !turn.learnt)) return new Refusal('context_answers');
  if (turns.some(({ calls, content }) => calls.length > 0 && content !== '')) {
    return new Refusal('text_beside_tool_calls');
  }
  return [{ messages: turns.map(turnOf), system, tools: tools ?? '' }];
}

function turnOf({ role, content, calls }: TrainingMessage): { role: string; content: string } {
  if (role === 'tool') return { role: 'observation', content };
  if (calls.length === 0) return { role, content };
  const called = calls.map(({ name, arguments: given }) => ({ name, arguments: given }));
  return { role: 'function_call', content: JSON.stringify(called) };
}

export const llamafactory: Trainer = {
  title: 'LLaMA-Factory 0.9.5',
  command: 'llamafactory-cli train train.yaml',
  lines,
  settings: ({ baseModel, template, preset, isLastTurnOnly }) => ({
    model_name_or_path: baseModel,
    stage: 'sft',
    do_train: true,
    finetuning_type: preset.lora === null ? 'full' : 'lora',
    ...(preset.lora !== null && { lora_rank: preset.lora.rank, lora_alpha: preset.lora.alpha, lora_target: 'all' }),
    dataset_dir: '.',
    dataset: NAME,
    ...(template === 'alpaca' && { template: 'alpaca' }),
    ...(isLastTurnOnly && { mask_history: true }),
    cutoff_len: preset.cutoff,
    output_dir: 'output',
    per_device_train_batch_size: preset.batch,
    gradient_accumulation_steps: preset.accumulation,
    learning_rate: preset.learningRate,
    num_train_epochs: preset.epochs,
    lr_scheduler_type: preset.scheduler,
    warmup_ratio: preset.warmupRatio,
    bf16: true,
    gradient_checkpointing: true,
    logging_steps: 10,
    save_strategy: 'epoch',
    report_to: 'none',
  }),
  files: () => ({ 'dataset_info.json': `${JSON.stringify({ [NAME]: ENTRY }, null, 2)}\n` }),
};
