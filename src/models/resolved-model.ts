import type { ModelFormat } from './model-files.js';

/** One file of a model. */
export interface ModelFile {
  /** Its path from the model's root, with `/`. */
  readonly name: string;
  /** Where it is, links followed. */
  readonly path: string;
  readonly bytes: number;
}

/** A model whose files are all on this machine. */
export interface ResolvedModel {
  /** How it was named: `pocket`, a directory, a hub id. */
  readonly id: string;
  readonly kind: 'bundled' | 'local' | 'hub';
  /** The directory that an engine and a tokenizer are loaded from. */
  readonly directory: string;
  /** The commit of a model from a hub; null for others. */
  readonly commit: string | null;
  readonly format: ModelFormat;
  /** The config, the weights and the tokenizer's files, in this order. */
  readonly files: readonly ModelFile[];
  /** A sentence to show where the model is no judge of anybody's data, else null. */
  readonly trialOnly: string | null;
  /** Something to tell about how the model was found (the hub was out of reach, say), else null. */
  readonly notice: string | null;
}
