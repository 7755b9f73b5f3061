import type { FunnelCounts } from './funnel.js';

/** The files that the stages write, a JSON line for each item. */
export type StageFile = 'constraints' | 'functions' | 'verifiers' | 'queries' | 'pairs' | 'responses' | 'sft' | 'dpo';

/** Where they are written. */
export interface StageSink {
  write(file: StageFile, line: object): Promise<void>;
  /** Nothing more comes for these files. */
  finish(...files: readonly StageFile[]): Promise<void>;
}

/** Where stages put down what became of their items: each as a line, and counted. */
export interface Ledger {
  readonly funnel: FunnelCounts;
  readonly sink: StageSink;
}
