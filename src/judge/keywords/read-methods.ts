import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { unreadable } from '../../base/file-error.js';
import { isRecord } from '../../base/json.js';
import { EVOLUTION_RUN } from '../../runs/generation-run.js';
import { readAnyManifest, RUN_FILES } from '../../runs/read-run.js';

/** A method that a generator wrote, in a trajectory of Auto-Evol. */
export interface WrittenMethod {
  /** The run's directory. */
  readonly run: string;
  /** Who wrote it. */
  readonly generator: string;
  /** The trial's id: `0007-step-2-candidate-2`. */
  readonly id: string;
  readonly text: string;
  /** It was better than the one before it, and so took its place. */
  readonly accepted: boolean;
}

/** What of an evolution's identity tells who wrote its methods. */
interface EvolutionIdentity {
  readonly kind?: string;
  readonly method?: string;
  readonly generators?: readonly { readonly name: string }[];
  readonly auto?: { readonly optimiser?: { readonly name: string } | null } | null;
}

/**
 * The methods that a run of Auto-Evol wrote, in order; the one that it began with is nobody's.
 *
 * @throws EvosiftError `bad_data` where there are none, or one can't be read.
 */
export async function readMethods(directory: string): Promise<readonly WrittenMethod[]> {
  const none = (what: string): EvosiftError =>
    new EvosiftError(
      'bad_data',
      `${directory} holds no methods: ${what}\nName a run of \`evosift evolve\` whose method is auto.`,
      { option: 'data' },
    );
  if (!existsSync(join(directory, RUN_FILES.manifest))) throw none('it is no run.');
  const { identity } = await readAnyManifest<EvolutionIdentity>(directory);
  const { kind = 'score', method, generators = [], auto } = identity;
  if (kind !== 'evolve') throw none(`it is a run of \`evosift ${kind}\`.`);
  if (method !== 'auto') throw none(`its rows were evolved by method ${method}.`);
  const folder = join(directory, EVOLUTION_RUN.files.methods);
  const written = generators.map(async ({ name }, number) => {
    const own = generators.length > 1 ? join(folder, String(number)) : folder;
    const trials = await readTrials(own);
    return trials.map((trial) => ({ run: resolve(directory), generator: auto?.optimiser?.name ?? name, ...trial }));
  });
  const methods = (await Promise.all(written)).flat();
  if (methods.length === 0) throw none('none was written beside the one that it began with.');
  return methods;
}

async function readTrials(folder: string): Promise<readonly Pick<WrittenMethod, 'id' | 'text' | 'accepted'>[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  const trials = names
    .filter((name) => /^\d{4,}-step-.*\.json$/.test(name))
    .sort()
    .map((name) => readTrial(join(folder, name)));
  return (await Promise.all(trials)).filter((trial) => trial !== null);
}

/** Null of a trial that came to no method. */
async function readTrial(path: string): Promise<Pick<WrittenMethod, 'id' | 'text' | 'accepted'> | null> {
  const source = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const trial = parsed(source);
  const { id, text, accepted } = trial ?? {};
  if (text === null) return null;
  if (typeof id === 'string' && typeof text === 'string') return { id, text, accepted: accepted === true };
  throw new EvosiftError('bad_data', `${path} is no trial of a method; let the evolution write it anew`);
}

function parsed(source: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(source);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
