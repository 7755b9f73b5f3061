import type { PartFile } from '../files/part-file.js';
import type { AutoifFile } from '../runs/generation-run.js';
import type { RunDirectory } from '../runs/run-directory.js';
import type { StageFile, StageSink } from './stage-sink.js';

const STAGE_FILES: readonly StageFile[] = [
  'constraints',
  'functions',
  'verifiers',
  'queries',
  'pairs',
  'responses',
  'sft',
];

/** The files of the stages, which are made anew by every start. */
export interface StageFiles extends StageSink, AsyncDisposable {
  /** Puts all that are still open in place. */
  end(): Promise<void>;
}

/** @param dpo Whether there are preference pairs. @throws EvosiftError `bad_argument`, `disk_full`. */
export async function writeStages(run: RunDirectory<AutoifFile>, dpo: boolean): Promise<StageFiles> {
  const files = new Map<StageFile, PartFile>();
  for (const name of dpo ? [...STAGE_FILES, 'dpo' as const] : STAGE_FILES) files.set(name, await run.part(name));
  const finishThose = async (...names: readonly StageFile[]): Promise<void> => {
    for (const name of names) {
      await files.get(name)?.finish();
      files.delete(name);
    }
  };
  return {
    write: async (name, line) => await files.get(name)?.write(`${JSON.stringify(line)}\n`),
    finish: finishThose,
    end: () => finishThose(...files.keys()),
    [Symbol.asyncDispose]: async () => {
      for (const file of files.values()) await file[Symbol.asyncDispose]();
    },
  };
}
