import { DEFAULT_RETRY, HubClient } from './client.js';
import type { HubEnvironment } from './environment.js';
import { HubDownError } from './errors.js';
import { isCommit, type Repository } from './repository.js';

/** What a revision stands for. */
export interface AskedCommit {
  readonly commit: string;
  /** Something to tell where the hub gave no answer and the cache did, else null. */
  readonly notice: string | null;
}

/**
 * Asks the hub for the commit that a revision stands for; a whole commit hash stands for itself.
 *
 * @param cached The commit to go on with, after one try, where the hub gives no answer; null where none is cached whole.
 * @throws EvosiftError `model_not_found` or `bad_data`, `hub_error`, `aborted`.
 */
export async function askCommit(
  environment: HubEnvironment,
  repository: Repository,
  revision: string,
  cached: string | null,
  signal?: AbortSignal,
): Promise<AskedCommit> {
  if (isCommit(revision)) return { commit: revision, notice: null };
  const retry = cached === null ? DEFAULT_RETRY : { ...DEFAULT_RETRY, attempts: 1 };
  try {
    return { commit: await new HubClient(environment, repository, signal, retry).commitOf(revision), notice: null };
  } catch (error) {
    if (cached === null || !(error instanceof HubDownError)) throw error;
    const notice = `${error.summary}: ${repository.id} is taken from the cache, at ${cached.slice(0, 10)}.`;
    return { commit: cached, notice };
  }
}
