import { TEMPLATE_FILE, templateFiles } from './alpaca-template.js';
import { chatMessages, DATASET, type Trainer } from './trainer.js';
import type { TrainingRow } from './training-row.js';

/** Messages, each with whether it is learnt; arguments of tool calls as JSON text: one column can't hold all their shapes. */
function lines(row: TrainingRow): object[] {
  const messages = chatMessages(row, (given) => JSON.stringify(given)).map((message, at) => ({
    ...message,
    train: row.messages[at]?.learnt === true,
  }));
  return [{ messages, ...(row.tools !== null && { tools: row.tools }) }];
}

export const axolotl: Trainer = {
  title: 'Axolotl 0.19.0',
  command: 'axolotl train train.yaml',
  lines,
  settings: ({ baseModel, template, preset }) => ({
    base_model: baseModel,
    ...(preset.lora !== null && {
      adapter: 'lora',
      lora_r: preset.lora.rank,
      lora_alpha: preset.lora.alpha,
      lora_target_linear: true,
    }),
    datasets: [
      {
        path: DATASET,
        ds_type: 'json',
        type: 'chat_template',
        ...(template === 'alpaca'
          ? { chat_template: 'jinja', chat_template_jinja: TEMPLATE_FILE }
          : { chat_template: 'tokenizer_default' }),
        field_messages: 'messages',
        field_tools: 'tools',
        message_field_training: 'train',
        roles_to_train: ['assistant'],
        train_on_eos: 'turn',
      },
    ],
    sequence_len: preset.cutoff,
    excess_length_strategy: 'truncate',
    sample_packing: false,
    train_on_inputs: false,
    output_dir: 'output',
    micro_batch_size: preset.batch,
    gradient_accumulation_steps: preset.accumulation,
    learning_rate: preset.learningRate,
    num_epochs: preset.epochs,
    lr_scheduler: preset.scheduler,
    optimizer: 'adamw_torch',
    warmup_ratio: preset.warmupRatio,
    bf16: true,
    gradient_checkpointing: true,
    logging_steps: 10,
    save_strategy: 'epoch',
  }),
  files: templateFiles,
};
