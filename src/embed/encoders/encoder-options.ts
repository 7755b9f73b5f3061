import { EvosiftError } from '../../base/errors.js';
import { silentLogger, type Logger } from '../../base/logger.js';
import { abortSignal, callback, checkOptions, loggerOption, text, type OptionTable } from '../../base/options.js';
import type { EngineOptions } from '../../engine/engine.js';
import { ENGINE_OPTIONS } from '../../engine/engine-options.js';
import type { DownloadProgress } from '../../hub/file-puller.js';

/** What `loadEncoder` takes: `encoder` or `model`, and whatever else is wanted. */
export interface LoadEncoderOptions extends EngineOptions {
  /** A sentence encoder: a directory with sentence-transformers' modules.json, tokenizer.json and an ONNX file. */
  readonly encoder?: string;
  /** Its ONNX file, from its directory, where it is not model.onnx, onnx/model.onnx or the only one. */
  readonly encoderFile?: string;
  /**
   * In place of `encoder`: a causal language model (`pocket`, a directory or a hub id), the mean of whose last hidden
   * states a text becomes. `engine`, `device`, `dtype` and `stepTokens` are about it.
   */
  readonly model?: string;
  /** The branch, tag or commit of a `model` from a hub; default `main`. */
  readonly revision?: string;
  /** Where messages go; default nowhere. */
  readonly logger?: Logger;
  /** Aborting ends the download of a model. */
  readonly signal?: AbortSignal;
  /** Told how far a download is. */
  readonly onDownload?: (progress: DownloadProgress) => void;
}

/** What a command line asks of an encoder; a language model has flags of its own. */
export const ENCODER_OPTIONS = {
  encoder: text({
    flag: '--encoder <dir>',
    help: 'a sentence encoder: a directory with modules.json, tokenizer.json and an ONNX file',
  }),
  encoderFile: text({
    flag: '--encoder-file <file>',
    help: "its ONNX file, where there are several (default: model.onnx, or the only one's)",
  }),
} as const satisfies OptionTable<Pick<LoadEncoderOptions, 'encoder' | 'encoderFile'>>;

const LOAD_ENCODER_OPTIONS = {
  ...ENCODER_OPTIONS,
  model: text({}),
  revision: text({}),
  ...ENGINE_OPTIONS,
  logger: loggerOption,
  signal: abortSignal,
  onDownload: callback,
} as const satisfies OptionTable<LoadEncoderOptions>;

const OF_MODELS = ['revision', 'engine', 'device', 'dtype', 'stepTokens'] as const;

/** Which encoder is asked for. */
export type EncoderPlan = LoadEncoderOptions & { readonly logger: Logger } & (
    { readonly encoder: string; readonly model?: undefined } | { readonly model: string; readonly encoder?: undefined }
  );

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function planEncoder(options: LoadEncoderOptions): EncoderPlan {
  checkOptions('loadEncoder', options, LOAD_ENCODER_OPTIONS);
  const { encoder, model, encoderFile, logger = silentLogger } = options;
  if (encoder === undefined) {
    if (model === undefined) {
      throw bad('encoder', 'name an `encoder` (a directory), or a `model` whose hidden states stand for one');
    }
    if (encoderFile !== undefined) throw bad('encoderFile', '`encoderFile` belongs to an `encoder`, and none is given');
    return { ...options, logger, model, encoder };
  }
  if (model !== undefined) throw bad('model', '`encoder` and `model` are both given; name one of them');
  const foreign = OF_MODELS.find((name) => options[name] !== undefined);
  if (foreign !== undefined) {
    throw bad(foreign, `\`${foreign}\` is about a \`model\`; an \`encoder\` runs in onnxruntime on the CPU`);
  }
  return { ...options, logger, encoder, model };
}

const bad = (option: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `loadEncoder: ${message}`, { option });
