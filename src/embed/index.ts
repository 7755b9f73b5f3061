export type { EmbedOptions, Encoder, EncoderAbout } from './encoder.js';
export { ENCODER_OPTIONS, type LoadEncoderOptions } from './encoder-options.js';
export { loadEncoder } from './load-encoder.js';
