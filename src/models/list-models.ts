import { stat } from 'node:fs/promises';
import { CachedRepository, cachedIds } from '../hub/cache.js';
import { readModelDirectory } from './model-directory.js';
import type { ModelFormat } from './model-files.js';
import { BUNDLED, resolveModel } from './resolve-model.js';

/** A model that is on this machine. */
export interface InstalledModel {
  readonly id: string;
  readonly kind: 'bundled' | 'hub';
  /** Null for the bundled model. */
  readonly commit: string | null;
  /** Branches and tags that stood for the commit when they were last asked for. */
  readonly refs: readonly string[];
  /** Null where the files are not enough to score with: weights of no known format, or not all of them. */
  readonly format: ModelFormat | null;
  /** Of the files that a run needs. */
  readonly bytes: number;
  readonly directory: string;
}

/** The bundled model, then each commit of each model in the Hugging Face cache, by id. Asks nothing of the network. */
export async function listModels(): Promise<InstalledModel[]> {
  const pocket = await resolveModel(BUNDLED);
  const models: InstalledModel[] = [
    {
      id: pocket.id,
      kind: 'bundled',
      commit: null,
      refs: [],
      format: pocket.format,
      bytes: sizeOf(pocket.files),
      directory: pocket.directory,
    },
  ];
  for (const id of await cachedIds()) {
    const repository = new CachedRepository({ type: 'model', id });
    const refs = await repository.refs();
    for (const commit of await repository.commits()) {
      const directory = repository.snapshot(commit);
      if (!(await stat(directory)).isDirectory()) continue;
      const contents = await readModelDirectory(id, directory, undefined).catch(() => null);
      models.push({
        id,
        kind: 'hub',
        commit,
        refs: refs.get(commit) ?? [],
        format: contents?.format ?? null,
        bytes: sizeOf(contents?.files ?? []),
        directory,
      });
    }
  }
  return models;
}

const sizeOf = (files: readonly { readonly bytes: number }[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);
