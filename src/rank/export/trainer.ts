import type { Refusal, TrainingRow } from './training-row.js';
import type { Preset } from './presets.js';

/** The trainers that rows are exported for. */
export const TRAINER_NAMES = ['llamafactory', 'trl', 'axolotl'] as const;
export type TrainerName = (typeof TRAINER_NAMES)[number];

/** How messages become text: by the chat template that the model brings, or framed as Alpaca's. */
export const TEMPLATES = ['model', 'alpaca'] as const;
export type TemplateName = (typeof TEMPLATES)[number];

/** What is trained, and how. */
export interface Training {
  readonly baseModel: string;
  readonly preset: Preset;
  readonly template: TemplateName;
  /** Of a row's answers the last one alone is learnt. */
  readonly isLastTurnOnly: boolean;
}

/** A trainer: the form of its rows and of its settings. */
export interface Trainer {
  /** As it calls itself, with the version that the export was checked with. */
  readonly title: string;
  /** What starts the training, in the folder of the export. */
  readonly command: string;
  /** Lines of the data set that a row becomes, or why it can become none. */
  readonly lines: (row: TrainingRow, training: Training) => readonly object[] | Refusal;
  /** Fields of `train.yaml`. */
  readonly settings: (training: Training) => Readonly<Record<string, unknown>>;
  /** Further files by name: the text of each. */
  readonly files: (training: Training) => Readonly<Record<string, string>>;
}

/** The file of the rows in an export's folder. */
export const DATASET = 'train.jsonl';

/**
 * Messages as OpenAI's and Hugging Face's chat templates read them; fields that say nothing are left out.
 *
 * @param spelled The arguments of a tool call as the trainer reads them.
 */
export const chatMessages = (
  { messages }: TrainingRow,
  spelled: (given: object) => unknown = (given) => given,
): Record<string, unknown>[] =>
  messages.map(({ role, content, calls, name, callId }) => ({
    role,
    content,
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ id, name: called, arguments: given }) => ({
        ...(id !== null && { id }),
        type: 'function',
        function: { name: called, arguments: spelled(given) },
      })),
    }),
    ...(name !== null && { name }),
    ...(callId !== null && { tool_call_id: callId }),
  }));
