import { EvosiftError, messageOf } from '../../base/errors.js';
import type { GraphSession } from '../../engine/onnx/graph-session.js';
import type { GraphResult } from '../../engine/onnx/protocol.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { feedsOf } from './encoder-feeds.js';
import type { EncoderOutput } from './encoder-output.js';
import type { SentenceTransformer } from './sentence-transformer.js';

/** What belongs together, as its directory says. */
interface Parts {
  readonly session: GraphSession;
  readonly output: EncoderOutput;
  readonly config: SentenceTransformer;
  readonly tokenizer: Tokenizer;
  readonly maxTokens: number;
  readonly directory: string;
}

/** The longest text that is tried; attention takes memory by the square of it. */
const LONGEST_TRIED = 512;

/**
 * Tries the highest id of the vocabulary and the longest text, so that what does not fit together is told before any row is
 * embedded.
 *
 * @returns How many numbers an embedding has.
 * @throws EvosiftError `unsupported_tokenizer` where the graph has not so many tokens, `bad_weights` where it has another
 *   dimension than its config says, `bad_config` where it takes no such long texts; `engine_failed`.
 */
export async function checkEncoder({
  session,
  output,
  config,
  tokenizer,
  maxTokens,
  directory,
}: Parts): Promise<number> {
  const run = (ids: Int32Array, refusal: (why: string) => EvosiftError): Promise<GraphResult> =>
    session.run({ feeds: feedsOf(ids), output: output.name }).catch((error: unknown) => {
      throw session.ended ?? refusal(messageOf(error));
    });
  const last = tokenizer.vocabSize - 1;
  const { dims } = await run(Int32Array.of(0, last), (why) => {
    const token = JSON.stringify(tokenizer.tokenOf(last));
    return new EvosiftError(
      'unsupported_tokenizer',
      `${directory}: the graph fails at the vocabulary's last token, ${last} (${token}): tokenizer and graph are not of one model.\n${why}`,
    );
  });
  const dimension = dims.at(-1) ?? 0;
  const rank = output.pooling === null ? 2 : 3;
  if (dims.length !== rank || dimension < 1) {
    throw new EvosiftError(
      'bad_weights',
      `${directory}: ${output.name} came as [${dims.join(', ')}], not of rank ${rank}.`,
    );
  }
  if (output.pooling !== null && config.dimension !== null && config.dimension !== dimension) {
    throw new EvosiftError(
      'bad_weights',
      `${directory}: the graph gives ${dimension} numbers a token, and the pooling's config.json has ${config.dimension}: they are not of one model.`,
    );
  }
  await run(new Int32Array(Math.min(maxTokens, LONGEST_TRIED)), (why) => {
    return new EvosiftError(
      'bad_config',
      `${directory}: texts may have ${maxTokens} tokens, and the graph fails at ${Math.min(maxTokens, LONGEST_TRIED)}. ` +
        `Lower max_seq_length in sentence_bert_config.json.\n${why}`,
    );
  });
  return dimension;
}
