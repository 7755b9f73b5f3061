/** The worker that makes texts into token sequences. Its exports are the tasks of the scorer's pool. */
import { workerData } from 'node:worker_threads';
import { answer } from '../async/answer.js';
import { loadTokenizer, type Tokenizer } from '../text/tokenizer.js';
import { encodeSequence, type EncodedSequence, type TextSequence } from './sequences/encode-sequence.js';
import type { PrepareTask } from './prepare-chunk.js';
import { prepareRow } from './sequences/prepare-row.js';
import { prepareRewarded, type RewardTask } from './rewards/prepare-rewarded.js';
import { packChunk } from './prepared-chunk.js';

/** What each of the pool's workers is given. */
export interface ScoreWorkerData {
  /** The directory of the tokenizer's files. */
  readonly directory: string;
}

let loading: Promise<Tokenizer> | undefined;

function tokenizer(): Promise<Tokenizer> {
  const { directory }: ScoreWorkerData = workerData;
  return (loading ??= loadTokenizer(directory));
}

/** What there is to know of the tokenizer; also the trial that it can be loaded. */
export interface TokenizerInfo {
  readonly vocabSize: number;
  readonly hash: string;
  readonly hasChatTemplate: boolean;
}

export const describe = (): Promise<unknown> =>
  answer(async (): Promise<TokenizerInfo> => {
    const { vocabSize, hash, hasChatTemplate } = await tokenizer();
    return { vocabSize, hash, hasChatTemplate };
  });

/** Prepares a chunk of rows. */
export const prepare = ({ examples, options }: PrepareTask): Promise<unknown> =>
  answer(
    async () => {
      const loaded = await tokenizer();
      return packChunk(await Promise.all(examples.map((example) => prepareRow(example, loaded, options))));
    },
    ({ tokens, layout }) => [tokens.buffer, layout.buffer],
  );

/** Tokenises conversations for `rewards`. */
export const prepareRewards = ({ examples, options }: RewardTask): Promise<unknown> =>
  answer(
    async () => {
      const loaded = await tokenizer();
      return await Promise.all(examples.map((example) => prepareRewarded(example, loaded, options)));
    },
    (prepared) => prepared.flatMap((row) => (row.reason === null ? row.ids.buffer : [])),
  );

/** Tokenises texts for `nll`. */
export const encode = (sequences: readonly TextSequence[]): Promise<unknown> =>
  answer(
    async () => {
      const loaded = await tokenizer();
      return await Promise.all(sequences.map((sequence) => encodeSequence(sequence, loaded)));
    },
    (encoded: readonly EncodedSequence[]) => encoded.flatMap(({ ids }) => ids?.buffer ?? []),
  );
