import { abortSignal, callback, checkOptions, choice, fillOptions, option, text, toggle } from '../../base/options.js';
import type { Filled, OptionTable } from '../../base/options.js';
import { EvosiftError } from '../../base/errors.js';
import { TEXT_FORMS, type TextForm } from './embedded-text.js';
import type { Encoder } from '../encoders/encoder.js';

export interface EmbedRowsOptions {
  readonly encoder: Encoder;
  /** The Parquet file; `PATH.part` is a folder beside it while it is made. */
  readonly path: string;
  /** How an instruction is written (see `embeddedText`); default `published`. */
  readonly text?: TextForm;
  /** Start over, whatever an earlier call has left. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  /** Told how many rows are done, those of earlier starts included. */
  readonly onProgress?: (progress: EmbeddingProgress) => void;
}

export interface EmbeddingProgress {
  readonly rows: number;
}

const EMBED_ROWS_OPTIONS = {
  encoder: option<Encoder>(
    {
      expected: 'an encoder, as loadEncoder gives it',
      accepts: (value) =>
        typeof value === 'object' && value !== null && typeof Reflect.get(value, 'embed') === 'function',
    },
    {},
  ),
  path: text({}),
  text: choice(TEXT_FORMS, { default: 'published' }),
  force: toggle({ default: false }),
  signal: abortSignal,
  onProgress: callback,
} as const satisfies OptionTable<EmbedRowsOptions>;

export type EmbeddingPlan = Filled<EmbedRowsOptions, typeof EMBED_ROWS_OPTIONS> &
  Required<Pick<EmbedRowsOptions, 'onProgress'>>;

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function planEmbedding(options: EmbedRowsOptions): EmbeddingPlan {
  checkOptions('embedRows', options, EMBED_ROWS_OPTIONS);
  const missing = (['encoder', 'path'] as const).find((name) => options[name] === undefined);
  if (missing !== undefined) {
    throw new EvosiftError('bad_argument', `embedRows: \`${missing}\` is missing`, { option: missing });
  }
  return { ...fillOptions(options, EMBED_ROWS_OPTIONS), onProgress: options.onProgress ?? (() => {}) };
}
