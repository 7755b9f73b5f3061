import type { Fingerprint } from '../rows/fingerprint.js';
import type { OpenedAs } from '../rows/opened-as.js';
import type { RowFormat } from '../rows/row-layout.js';

/** `--shard I/N`: index from 1 to count. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * What a run's scores depend on (paths, threads, batch size and `--limit` are no part of it). Two starts in one run
 * directory must agree in all of it.
 */
export interface RunIdentity {
  readonly data: OpenedAs & {
    readonly files: readonly Fingerprint[];
    /** Rows [from, to) of a shard; null where the run is about all of them. */
    readonly rows: readonly [number, number] | null;
    /** The run that a cascade starts from and the share of it that is taken; null elsewhere. */
    readonly from: { readonly run: string; readonly top: string } | null;
  };
  readonly format: RowFormat;
  readonly columns: Readonly<Record<string, string>>;
  readonly answer: 'chosen' | 'rejected' | null;
  readonly recipe: string;
  readonly template: string;
  readonly turns: 'reject' | 'last' | 'each';
  readonly max_length: number | null;
  readonly overflow: 'skip' | 'truncate';
  readonly reasoning: 'include' | 'exclude' | 'only';
  readonly special_tokens: 'control' | 'text';
  /** Switches of the chat template; null where it is given none. */
  readonly template_kwargs: Readonly<Record<string, unknown>> | null;
  readonly per_token: boolean;
  readonly form: 'loss' | 'ppl';
  /** sha-256 over the model's config and weights. */
  readonly model: string;
  /** The commit of a model from a hub; null for a local one. */
  readonly revision: string | null;
  readonly tokenizer: string;
  readonly engine: 'native' | 'onnx';
  readonly device: 'cpu' | 'cuda';
  readonly matmul: string;
  readonly dtype: 'f32' | 'bf16';
  /** Tokens of a GPU's step; absent on the CPU, where no bits depend on it, and in runs of earlier versions. */
  readonly step_tokens?: number;
  readonly shard: Shard | null;
}

/** What may differ from one start of a run to the next, recorded for each. */
export interface RunStart {
  readonly at: string;
  readonly pid: number;
  readonly paths: readonly string[];
  readonly model: string;
  readonly device: string;
  readonly threads: number;
  readonly batch_tokens: number | null;
  readonly limit: number | null;
  /** Rows that were there already. */
  readonly resumed_rows: number;
}

/** `manifest.json` of any kind of run. */
export interface Manifest<Identity extends object, Start extends object = object> {
  readonly version: 1;
  readonly program: string;
  readonly identity: Identity;
  readonly starts: readonly Start[];
}

/** `manifest.json` of a scored run. */
export type RunManifest = Manifest<RunIdentity, RunStart>;

/** What a start says of itself; the run directory adds the rest. */
export type NewStart = Omit<RunStart, 'at' | 'pid' | 'resumed_rows'>;

/** How long a run took, from `summary.json`; the part of it that two runs of the same need not agree in. */
export interface RunTimings {
  readonly seconds: number;
  readonly rowsS: number;
  readonly tokensS: number;
  /** Seconds by stage. */
  readonly stages: Readonly<Record<string, number>>;
}
