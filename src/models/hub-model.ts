import { EvosiftError } from '../base/errors.js';
import { isDiskFull } from '../base/system-error.js';
import { feedFile, startHash } from '../hub/content-id.js';
import { downloadBlob } from '../hub/download.js';
import { CachedRepository, cachePath } from '../hub/cache.js';
import { DEFAULT_RETRY, HubClient, isCommit, type HubFile } from '../hub/client.js';
import { readHubEnvironment } from '../hub/environment.js';
import { HubDownError } from '../hub/errors.js';
import { readModelDirectory, weightParts, type DirectoryContents } from './model-directory.js';
import { TOKENIZER_FILES, chooseWeights, type EngineKind } from './model-files.js';
import { rememberHash } from './hash-model.js';

/** How far a model's download is. */
export interface DownloadProgress {
  /** The file in hand, from the model's root. */
  readonly file: string;
  readonly fileBytes: number;
  readonly fileTotal: number;
  /** Of all files known so far; those of a sharded model are known once its index is here. */
  readonly bytes: number;
  readonly total: number;
}

export interface HubModelOptions {
  readonly revision?: string | undefined;
  readonly engine?: EngineKind | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
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
  const repository = new CachedRepository(id);
  const environment = readHubEnvironment();
  const cached = await fromCache(repository, id, revision, options.engine);
  if (environment.offline || options.offline) {
    if (cached !== null) return cached;
    throw notCached(id, revision, environment.offline);
  }
  // Other programs cache weights without a tokenizer, so a snapshot without one is not taken for whole.
  const whole = cached?.files.some((file) => file.name === 'tokenizer.json') && !options.verify ? cached : null;
  if (whole !== null && isCommit(revision)) return whole;

  let commit: string;
  try {
    const retry = whole === null ? DEFAULT_RETRY : { ...DEFAULT_RETRY, attempts: 1 };
    commit = await new HubClient(environment, id, options.signal, retry).commitOf(revision);
  } catch (error) {
    if (whole === null || !(error instanceof HubDownError)) throw error;
    return { ...whole, notice: `${error.summary}: ${id} is taken from the cache, at ${whole.commit.slice(0, 10)}.` };
  }
  if (whole?.commit !== commit) {
    await pull(new HubClient(environment, id, options.signal), repository, id, commit, options).catch(explainCache);
  }
  if (revision !== commit) await repository.writeRef(revision, commit).catch(explainCache);
  const directory = repository.snapshot(commit);
  return { ...(await readModelDirectory(id, directory, options.engine)), directory, commit, notice: null };
}

/** Makes a refusal of the file system one that says where and what to do. */
function explainCache(error: unknown): never {
  if (error instanceof EvosiftError || !(error instanceof Error && 'syscall' in error)) throw error;
  throw new EvosiftError(
    isDiskFull(error) ? 'disk_full' : 'hub_error',
    `Cannot write to the Hugging Face cache (${error.message}): make ${cachePath()} writable, or set HF_HUB_CACHE to another folder.`,
    { cause: error },
  );
}

/** What git allows in a name, as far as it is safe in a path. */
function checkedRevision(revision: string): string {
  if (/^[\w.-]+(?:\/[\w.-]+)*$/.test(revision) && !/(?:^|\/)\.|\.\./.test(revision)) return revision;
  throw new EvosiftError(
    'bad_argument',
    `revision ${JSON.stringify(revision)} is no branch, tag or commit: letters, digits, "." "_" "-" and "/" between them.`,
  );
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
  await repository.makeBlobs();

  const known = ['config.json', ...TOKENIZER_FILES.filter((name) => listing.has(name)), weights.file];
  let before = 0;
  const bring = async (name: string): Promise<HubFile> => {
    const file = listing.get(name);
    if (file === undefined) {
      throw new EvosiftError(
        'bad_weights',
        `${id}: ${weights.file} names ${name}, which the repository does not have.`,
      );
    }
    if (options.verify && !(await isIntact(repository.blob(file.content), file)))
      await repository.forgetBlob(file.content);
    const total = known.reduce((sum, each) => sum + (listing.get(each)?.bytes ?? 0), 0);
    await downloadBlob({
      client,
      commit,
      file,
      blob: repository.blob(file.content),
      lock: repository.lock(file.content),
      signal: options.signal,
      onBytes: (bytes) =>
        options.onProgress?.({ file: name, fileBytes: bytes, fileTotal: file.bytes, bytes: before + bytes, total }),
    });
    before += file.bytes;
    if (file.content.algorithm === 'sha256') await rememberHash(repository.blob(file.content), file.content.hex);
    return file;
  };

  const brought: HubFile[] = [];
  for (const name of known) brought.push(await bring(name));
  const entry = brought[brought.length - 1];
  if (entry === undefined) return;
  const parts = await weightParts(id, weights, repository.blob(entry.content));
  known.push(...parts);
  for (const name of parts) brought.push(await bring(name));
  for (const file of brought) await repository.link(commit, file.name, file.content);
}

async function isIntact(blob: string, file: HubFile): Promise<boolean> {
  const hash = startHash(file.content.algorithm, file.bytes);
  try {
    await feedFile(hash, blob);
  } catch {
    return false;
  }
  return hash.digest('hex') === file.content.hex;
}
