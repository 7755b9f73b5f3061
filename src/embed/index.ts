export { embeddedText, TEXT_FORMS, type TextForm } from './embeddings/embedded-text.js';
export { embedRows } from './embeddings/embed-rows.js';
export type { EmbeddingProgress, EmbedRowsOptions } from './embeddings/embed-rows-options.js';
export type { RowToEmbed } from './embeddings/embedding-row.js';
export type { EmbedOptions, Encoder, EncoderAbout } from './encoders/encoder.js';
export { ENCODER_OPTIONS, type LoadEncoderOptions } from './encoders/encoder-options.js';
export { loadEncoder } from './encoders/load-encoder.js';
export { readEmbeddings, type Embeddings } from './embeddings/read-embeddings.js';
export type { EmbeddingVectors } from './embeddings/read-vectors.js';
