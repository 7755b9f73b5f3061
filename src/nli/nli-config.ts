import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { learntPositions } from '../models/learnt-positions.js';
import { readModelConfig } from '../models/model-config.js';

/** What a pair of texts may be: the second follows from the first, may or may not hold, or can't. */
export const NLI_LABELS = ['entailment', 'neutral', 'contradiction'] as const;
export type NliLabel = (typeof NLI_LABELS)[number];

/** What config.json says of a classifier that the graph does not. */
export interface NliConfig {
  /** How many classes the model has. */
  readonly classes: number;
  /** The class that each label is. */
  readonly places: Readonly<Record<NliLabel, number>>;
  /** The most tokens that positions are learnt for, special tokens among them; null where none is told. */
  readonly maxLength: number | null;
}

/**
 * Reads a classifier's labels, in whatever order and letter case the model has them.
 *
 * @throws EvosiftError `bad_config`, saying what is missing.
 */
export async function readNliConfig(directory: string): Promise<NliConfig> {
  const path = join(directory, 'config.json');
  const config = await readModelConfig(directory);
  const labels = labelsOf(config.id2label);
  if (labels === null) {
    throw new EvosiftError(
      'bad_config',
      `${path} has no id2label: give a model that was trained on natural language inference, as a sequence classifier.`,
    );
  }
  const [entailment, neutral, contradiction] = NLI_LABELS.map((label) => labels.indexOf(label));
  const places = { entailment: entailment ?? -1, neutral: neutral ?? -1, contradiction: contradiction ?? -1 };
  const missing = NLI_LABELS.filter((label) => places[label] < 0);
  if (missing.length > 0) throw unusable(path, labels, missing);
  return { classes: labels.length, places, maxLength: learntPositions(config) };
}

/** By class, in small letters; null where they are not told. */
function labelsOf(id2label: unknown): readonly string[] | null {
  if (!isRecord(id2label)) return null;
  const entries = Object.entries(id2label);
  const labels = entries.map((_, place) => id2label[String(place)]);
  return labels.length > 0 && labels.every((label) => typeof label === 'string')
    ? labels.map((label) => label.trim().toLowerCase())
    : null;
}

function unusable(path: string, labels: readonly string[], missing: readonly string[]): EvosiftError {
  const nameless = labels.every((label) => /^label_\d+$/.test(label));
  const remedy =
    nameless && labels.length === NLI_LABELS.length
      ? `Write into it which class is which, as the model's card tells: "id2label": {"0": "entailment", "1": "neutral", "2": "contradiction"}.`
      : 'Give a model that was trained on natural language inference with three classes.';
  return new EvosiftError(
    'bad_config',
    `The labels in ${path} are ${labels.join(', ')}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.\n${remedy}`,
  );
}
