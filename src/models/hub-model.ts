import { EvosiftError } from '../base/errors.js';
import { askCommit } from '../hub/ask-commit.js';
import { CachedRepository, cachePath, explainCache } from '../hub/cache.js';
import { HubClient, type HubFile } from '../hub/client.js';
import { feedFile, startHash, type ContentId } from '../hub/content-id.js';
import { readHubEnvironment } from '../hub/environment.js';
import { FilePuller, type PullOptions } from '../hub/file-puller.js';
import { checkedRevision, isCommit } from '../hub/repository.js';
import { readModelDirectory, weightParts, type DirectoryContents } from './model-directory.js';
import { TOKENIZER_FILES, chooseWeights, type EngineKind } from './model-files.js';
import { rememberHash } from './hash-model.js';

export interface HubModelOptions extends PullOptions {
  readonly revision?: string | undefined;
  readonly engine?: EngineKind | undefined;
  /** Ask nothing of the network, as HF_HUB_OFFLINE=1. */
  readonly offline?: boolean | undefined;
  /** Hash what is in the cache already, and fetch again what is not what it should be. */
  readonly verify?: boolean | undefined;
}

/** A model of the hub in the cache. */
export interface HubModel extends DirectoryContents {
  readonly directory: string;
  readonly commit: string;
  readonly notice: string | null;
}

/**
 * Finds a hub model in the standard cache, or brings there what is missing of it: config, tokenizer and the weights
 * of one format, no more. A whole commit that is cached whole asks nothing of the network.
 *
 * @throws EvosiftError `model_not_found`, `hub_error`, `bad_config`, `bad_weights`, `pickle_refused`, `disk_full`,
 *   `bad_argument`, `aborted`.
 */
export async function hubModel(id: string, options: HubModelOptions = {}): Promise<HubModel> {
  const revision = checkedRevision(options.revision ?? 'main');
  const named = { type: 'model', id } as const;
  const repository = new CachedRepository(named);
  const environment = readHubEnvironment();
  const cached = await fromCache(repository, id, revision, options.engine);
  if (environment.offline || options.offline) {
    if (cached !== null) return cached;
    throw notCached(id, revision, environment.offline);
  }
  // Other programs cache weights without a tokenizer, so a snapshot without one is not taken for whole.
  const whole = cached?.files.some((file) => file.name === 'tokenizer.json') && !options.verify ? cached : null;
  if (whole !== null && isCommit(revision)) return whole;

  const asked = await askCommit(environment, named, revision, whole?.commit ?? null, options.signal);
  if (whole !== null && asked.notice !== null) return { ...whole, notice: asked.notice };
  const { commit } = asked;
  if (whole?.commit !== commit) {
    await pull(new HubClient(environment, named, options.signal), repository, id, commit, options).catch(explainCache);
  }
  if (revision !== commit) await repository.writeRef(revision, commit).catch(explainCache);
  const directory = repository.snapshot(commit);
  return { ...(await readModelDirectory(id, directory, options.engine)), directory, commit, notice: null };
}

async function fromCache(
  repository: CachedRepository,
  id: string,
  revision: string,
  engine: EngineKind | undefined,
): Promise<HubModel | null> {
  const commit = isCommit(revision) ? revision : await repository.readRef(revision);
  if (commit === null || !isCommit(commit)) return null;
  const directory = repository.snapshot(commit);
  try {
    return { ...(await readModelDirectory(id, directory, engine)), directory, commit, notice: null };
  } catch {
    return null; // Not there, or not whole.
  }
}

function notCached(id: string, revision: string, offline: boolean): EvosiftError {
  const at = revision === 'main' ? '' : ` at ${revision}`;
  const how = `evosift models pull ${id}${revision === 'main' ? '' : ` --revision ${revision}`}`;
  return new EvosiftError(
    'model_not_found',
    `${id}${at} is not, or not whole, in ${cachePath()}` +
      (offline ? `, and HF_HUB_OFFLINE is set: unset it and run ${how}` : `: run ${how}`),
  );
}

/** Brings the files of a commit into the cache: small ones first, so that whole weights mean a whole model. */
async function pull(
  client: HubClient,
  repository: CachedRepository,
  id: string,
  commit: string,
  options: HubModelOptions,
): Promise<void> {
  const listing = new Map<string, HubFile>();
  for (const file of await client.files(commit, options.engine === 'native' ? [] : ['onnx']))
    listing.set(file.name, file);
  const weights = chooseWeights(id, [...listing.keys()], options.engine);
  if (!listing.has('config.json')) {
    throw new EvosiftError('bad_config', `${id} has no config.json: it is not a Hugging Face language model.`);
  }
  const fileOf = (name: string): HubFile => {
    const file = listing.get(name);
    if (file !== undefined) return file;
    throw new EvosiftError('bad_weights', `${id}: ${weights.file} names ${name}, which the repository does not have.`);
  };
  const puller = new FilePuller(client, repository, commit, options);
  const bring = async (names: readonly string[]): Promise<HubFile[]> => {
    const files = names.map(fileOf);
    for (const { content, bytes } of options.verify ? files : []) {
      if (!(await isIntact(repository.blob(content), content, bytes))) await repository.forgetBlob(content);
    }
    await puller.bring(files);
    for (const { content } of files) {
      if (content.algorithm === 'sha256') await rememberHash(repository.blob(content), content.hex);
    }
    return files;
  };

  const entry = fileOf(weights.file);
  const small = ['config.json', ...TOKENIZER_FILES.filter((name) => listing.has(name))];
  const brought = await bring([...small, weights.file]);
  brought.push(...(await bring(await weightParts(id, weights, repository.blob(entry.content)))));
  await puller.link(brought);
}

async function isIntact(blob: string, { algorithm, hex }: ContentId, bytes: number): Promise<boolean> {
  const hash = startHash(algorithm, bytes);
  try {
    await feedFile(hash, blob);
  } catch {
    return false;
  }
  return hash.digest('hex') === hex;
}
