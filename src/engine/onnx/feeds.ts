import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { EvosiftError } from '../../base/errors.js';
import { integerTensor, isIntegerType } from './integer-tensor.js';

/** The shape of an empty cache where the graph leaves dimensions open. */
export interface CacheShape {
  readonly kvHeads: number;
  readonly headDim: number;
}

type TensorMetadata = Extract<InferenceSession.ValueMetadata, { readonly isTensor: true }>;

/** Makes one input's tensor for a sequence. */
export type Feed = (ids: Int32Array) => Tensor;

/**
 * How each input of a causal language model's export is fed for one whole sequence from its start, by name.
 *
 * @throws EvosiftError `bad_weights` naming an input that no such export has.
 */
export function planFeeds(inputs: readonly InferenceSession.ValueMetadata[], cache: CacheShape): Map<string, Feed> {
  return new Map(inputs.map((input) => [input.name, planFeed(input, cache)]));
}

function planFeed(input: InferenceSession.ValueMetadata, cache: CacheShape): Feed {
  if (!input.isTensor) throw unknownInput(input.name, 'not a tensor');
  switch (input.name) {
    case 'input_ids':
      return integers(input, (ids) => ids);
    case 'attention_mask':
      return integers(input, (ids) => ids.map(() => 1));
    case 'position_ids':
      return integers(input, (ids) => ids.map((_, position) => position));
    case 'token_type_ids':
      return integers(input, (ids) => ids.map(() => 0));
    case 'use_cache_branch':
      return () => new Tensor('bool', [false], [1]);
    // How many of the last positions get logits; 0 is all of them, as in HF.
    case 'num_logits_to_keep':
    case 'logits_to_keep':
      return () => new Tensor('int64', BigInt64Array.of(0n), input.shape.length === 0 ? [] : [1]);
  }
  if (/^past_key_values\.\d+\.(?:decoder\.)?(?:key|value)$/.test(input.name)) return emptyCache(input, cache);
  throw unknownInput(input.name, `${input.type} [${input.shape.join(', ')}]`);
}

function integers(input: TensorMetadata, values: (ids: Int32Array) => Int32Array): Feed {
  const { type } = input;
  if (!isIntegerType(type)) throw unknownInput(input.name, `of type ${type}`);
  return (ids) => integerTensor(type, values(ids));
}

/** [batch, kv heads, past, head dim] with past 0. Open dimensions are batch and past, and, if more are, the others. */
function emptyCache(input: TensorMetadata, { kvHeads, headDim }: CacheShape): Feed {
  const [, heads, , dim] = input.shape;
  const shape = [1, typeof heads === 'number' ? heads : kvHeads, 0, typeof dim === 'number' ? dim : headDim];
  if (input.shape.length !== shape.length) throw unknownInput(input.name, `of rank ${input.shape.length}`);
  if (input.type === 'float32') return () => new Tensor('float32', new Float32Array(0), shape);
  if (input.type === 'float16') return () => new Tensor('float16', new Uint16Array(0), shape);
  throw unknownInput(input.name, `of type ${input.type}`);
}

const unknownInput = (name: string, what: string): EvosiftError =>
  new EvosiftError(
    'bad_weights',
    `the graph asks for the input ${name} (${what}), which evosift cannot feed. Export it as a causal language model: optimum-cli export onnx --task text-generation`,
  );
