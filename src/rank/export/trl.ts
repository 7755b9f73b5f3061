import { TEMPLATE_FILE, templateFiles } from './alpaca-template.js';
import { chatMessages, DATASET, type Trainer } from './trainer.js';
import type { TrainingRow } from './training-row.js';

/**
 * Prompt and completion, each a list of messages: the loss is the completion's alone, whatever the model's chat template
 * is. (Of a list `messages` TRL learns the questions, too, or needs a template that marks the answers.) A row with several
 * answers becomes as many lines, each with all that stands before its answer as prompt.
 */
function lines(row: TrainingRow): object[] {
  const all = chatMessages(row);
  return row.messages.flatMap(({ learnt }, at) =>
    learnt
      ? [
          {
            prompt: all.slice(0, at),
            completion: all.slice(at, at + 1),
            ...(row.tools !== null && { tools: row.tools }),
          },
        ]
      : [],
  );
}

export const trl: Trainer = {
  title: 'TRL 1.16.0',
  command: 'trl sft --config train.yaml',
  lines,
  settings: ({ baseModel, template, preset }) => ({
    model_name_or_path: baseModel,
    dtype: 'bfloat16',
    ...(preset.lora !== null && {
      use_peft: true,
      lora_r: preset.lora.rank,
      lora_alpha: preset.lora.alpha,
      lora_target_modules: 'all-linear',
    }),
    datasets: [{ path: 'json', data_files: DATASET, split: 'train' }],
    ...(template === 'alpaca' && { chat_template_path: TEMPLATE_FILE }),
    max_length: preset.cutoff,
    completion_only_loss: true,
    output_dir: 'output',
    per_device_train_batch_size: preset.batch,
    gradient_accumulation_steps: preset.accumulation,
    learning_rate: preset.learningRate,
    num_train_epochs: preset.epochs,
    lr_scheduler_type: preset.scheduler,
    // Below 1 it is a share of the steps: transformers 5 has no other name for it.
    warmup_steps: preset.warmupRatio,
    bf16: true,
    gradient_checkpointing: true,
    logging_steps: 10,
    save_strategy: 'epoch',
    report_to: 'none',
  }),
  files: templateFiles,
};
