import { EvosiftError } from '../base/errors.js';
import { openGraph, type GraphSession } from '../engine/onnx/graph-session.js';
import { hashFiles } from '../models/hash-model.js';
import { findOnnxGraph } from '../models/onnx-graph.js';
import { PairEncoder, type PairEncoding } from '../text/pair-encoder.js';
import { NLI_LABELS, readNliConfig, type NliConfig, type NliLabel } from './nli-config.js';

export type { NliLabel };

export interface NliJudgement {
  /** The most likely one. */
  readonly label: NliLabel;
  /** They sum to 1, further classes of the model aside. */
  readonly probabilities: Readonly<Record<NliLabel, number>>;
}

/** Judges whether one text follows from another or contradicts it. */
export interface Nli extends AsyncDisposable {
  /** Hex sha-256 of config, tokenizer and weights: equal for equal models, wherever they lie. */
  readonly hash: string;
  /** Calls may be made at once; they are done one after another. @throws EvosiftError `closed`, `engine_failed`, `bad_weights`. */
  judge(premise: string, hypothesis: string): Promise<NliJudgement>;
}

const LOGITS = 'logits';
/** For a model that tells no limit; attention takes memory by the square of it. */
const LONGEST_PAIR = 4096;
const INPUTS: ReadonlySet<string> = new Set<keyof PairEncoding>(['input_ids', 'attention_mask', 'token_type_ids']);

/**
 * Loads a model of natural language inference: a sequence classifier of Hugging Face layout, as ONNX (model.onnx or
 * onnx/model.onnx), on the CPU in a worker of its own. A pair that is too long for it is cut, the longer text first.
 *
 * @throws EvosiftError `model_not_found`, `bad_config`, `bad_weights`, `unsupported_tokenizer`, `engine_unavailable`
 *   (onnxruntime-node is not installed), `engine_failed`.
 */
export async function loadNli(directory: string): Promise<Nli> {
  const { path: model, files } = await findOnnxGraph(directory, 'text-classification');
  const config = await readNliConfig(directory);
  const encoder = await PairEncoder.load(directory, config.maxLength ?? LONGEST_PAIR);
  const hash = await hashFiles(directory, ['config.json', 'tokenizer.json', ...files]);
  const session = await openGraph(model, 'An NLI model');
  try {
    checkGraph(model, session);
  } catch (error) {
    await session.close();
    throw error;
  }
  return new OnnxNli(hash, session, encoder, config);
}

/** @throws EvosiftError `bad_weights` where it is no sequence classifier. */
function checkGraph(model: string, { about }: GraphSession): void {
  const logits = about.outputs[LOGITS];
  const foreign = about.inputs.find((name) => !INPUTS.has(name));
  if (logits?.length === 2 && foreign === undefined) return;
  const why =
    logits === undefined
      ? `has no output named logits (it has ${Object.keys(about.outputs).join(', ')})`
      : logits.length !== 2
        ? `gives logits out as [${logits.join(', ')}], not a class's each as [batch, classes]`
        : `asks for the input ${foreign}`;
  throw new EvosiftError(
    'bad_weights',
    `${model} ${why}: it is no sequence classifier.\nExport one: optimum-cli export onnx --task text-classification -m MODEL DIR`,
  );
}

class OnnxNli implements Nli {
  constructor(
    readonly hash: string,
    private readonly session: GraphSession,
    private readonly encoder: PairEncoder,
    private readonly config: NliConfig,
  ) {}

  async judge(premise: string, hypothesis: string): Promise<NliJudgement> {
    const pair = await this.encoder.encode(premise, hypothesis);
    const { dims, data } = await this.session.run({ feeds: { ...pair }, output: LOGITS });
    const { classes, places } = this.config;
    if (data.length !== classes) {
      throw new EvosiftError(
        'bad_weights',
        `logits came as [${dims.join(', ')}], but config.json names ${classes} labels.`,
      );
    }
    const all = softmax(data);
    const of = (label: NliLabel): number => all[places[label]] ?? 0;
    const probabilities = { entailment: of('entailment'), neutral: of('neutral'), contradiction: of('contradiction') };
    const label = NLI_LABELS.reduce((best, one) => (probabilities[one] > probabilities[best] ? one : best));
    return { label, probabilities };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session.close();
  }
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
