import { EvosiftError } from '../../base/errors.js';
import type { GraphAbout } from '../../engine/onnx/protocol.js';
import { INPUTS } from './encoder-feeds.js';
import type { Pooling } from './pooling.js';
import type { SentenceTransformer } from './sentence-transformer.js';

/** What of a graph's outputs an embedding is made of. */
export interface EncoderOutput {
  readonly name: string;
  /** Null where the graph has pooled already: [1, dimension], not [1, tokens, dimension]. */
  readonly pooling: Pooling | null;
}

const POOLED = 'sentence_embedding';
const STATES = ['last_hidden_state', 'token_embeddings'];

/**
 * Chooses an encoder's output: what the graph has pooled itself, since then it has done all that its modules ask for, else
 * the tokens' hidden states.
 *
 * @throws EvosiftError `bad_weights` where the graph is no encoder's, `bad_config` where it has not pooled and evosift
 *   can't pool so.
 */
export function chooseOutput(
  graph: string,
  { inputs, outputs }: GraphAbout,
  config: SentenceTransformer,
): EncoderOutput {
  const foreign = inputs.find((name) => !INPUTS.some((one) => one === name));
  if (foreign !== undefined) throw noEncoder(graph, `asks for the input ${foreign}`);
  if (POOLED in outputs) return { name: POOLED, pooling: null };
  const states = STATES.find((name) => name in outputs);
  if (states === undefined) {
    const there = Object.keys(outputs).join(', ');
    throw noEncoder(graph, `has neither ${[...STATES, POOLED].join(' nor ')} among its outputs (${there})`);
  }
  if (config.unsupported === null && config.pooling !== null) return { name: states, pooling: config.pooling };
  throw new EvosiftError(
    'bad_config',
    `${graph} gives hidden states of tokens, and modules.json has ${config.unsupported}, which evosift has not.\n` +
      `Export the whole encoder, with the output ${POOLED}: optimum-cli export onnx --task feature-extraction --library-name sentence_transformers -m MODEL DIR`,
  );
}

const noEncoder = (graph: string, why: string): EvosiftError =>
  new EvosiftError(
    'bad_weights',
    `${graph} ${why}: it is no sentence encoder.\nExport one: optimum-cli export onnx --task feature-extraction -m MODEL DIR`,
  );
