import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { askCommit } from '../../hub/ask-commit.js';
import { CachedRepository, cachePath, explainCache } from '../../hub/cache.js';
import { HubClient } from '../../hub/client.js';
import { readHubEnvironment } from '../../hub/environment.js';
import { FilePuller, type PullOptions } from '../../hub/file-puller.js';
import { checkedRevision, isCommit } from '../../hub/repository.js';
import { checkNumbered } from '../find-files.js';
import { chooseFiles, type ChosenFiles, type FileChoice } from './choose-files.js';
import { datasetFileName, parseDatasetName, type DatasetName } from './dataset-name.js';

export interface HubDatasetOptions extends FileChoice, PullOptions {}

/** Files of a dataset, in the cache. */
export interface HubDataset {
  readonly files: readonly DatasetFile[];
  /** What is to be told about how they were found. */
  readonly notices: readonly string[];
}

/** A file under the name that it has for good, and where it is. */
export interface DatasetFile {
  readonly name: string;
  readonly path: string;
}

const CARD = 'README.md';

/**
 * Finds the files that a dataset's name means in the standard cache, or brings there those that are missing. A commit
 * whose files are cached asks nothing of the network.
 *
 * @param source `hf://datasets/OWNER/NAME[@REV][/PATH]`.
 * @throws EvosiftError `bad_data`, `bad_argument`, `hub_error`, `disk_full`, `aborted`.
 */
export async function hubDataset(source: string, options: HubDatasetOptions): Promise<HubDataset> {
  const named = parseDatasetName(source);
  const revision = checkedRevision(named.revision);
  const repository = { type: 'dataset', id: named.id } as const;
  const cache = new CachedRepository(repository);
  const dataset = { source, named, cache, options };
  const asNamed = { commit: revision, files: [named.path], notice: null };
  if (await isHere(dataset, revision)) return found(dataset, asNamed, null);
  const environment = readHubEnvironment();
  const known = isCommit(revision) ? revision : await cache.readRef(revision);
  if (environment.offline) return await offline(dataset, known);

  const cached = known === null ? null : await fromCache(dataset, known).catch(() => null);
  const whole = cached?.missing.length === 0 && cached.isSure ? cached : null;
  const { commit, notice } = await askCommit(environment, repository, revision, whole?.commit ?? null, options.signal);
  if (whole?.commit === commit) return found(dataset, whole, notice);
  const client = new HubClient(environment, repository, options.signal);
  const pulled = await pull(dataset, client, commit).catch(explainCache);
  if (revision !== commit) await cache.writeRef(revision, commit).catch(explainCache);
  return found(dataset, pulled, null);
}

/** A dataset on its way. */
interface Dataset {
  readonly source: string;
  readonly named: DatasetName;
  readonly cache: CachedRepository;
  readonly options: HubDatasetOptions;
}

/** Files that were chosen among those of a commit. */
interface Chosen extends ChosenFiles {
  readonly commit: string;
}

interface CachedChoice extends Chosen {
  /** Nothing that is not here could have been chosen as well. */
  readonly isSure: boolean;
  /** What of the chosen files is not here. */
  readonly missing: readonly string[];
}

const found = ({ named, cache }: Dataset, { commit, files, notice }: Chosen, told: string | null): HubDataset => ({
  files: files.map((file) => ({
    name: datasetFileName(named.id, commit, file),
    path: join(cache.snapshot(commit), file),
  })),
  notices: [told, notice].filter((one) => one !== null),
});

/** Whether a name is one for good, of a file that is cached: nothing is left to be found out. */
async function isHere({ named: { path }, cache, options }: Dataset, revision: string): Promise<boolean> {
  if (!isCommit(revision) || path === '' || options.config !== undefined) return false;
  return (await cache.find(revision, path))?.isFile() === true;
}

async function offline(dataset: Dataset, commit: string | null): Promise<HubDataset> {
  const cached = commit === null ? null : await fromCache(dataset, commit);
  if (cached !== null && cached.missing.length === 0) {
    const unsure = `${dataset.source} is read as far as it is in the cache, which does not say whether that is all of it.`;
    return found(dataset, cached, cached.isSure ? null : unsure);
  }
  const missing =
    cached === null
      ? ''
      : `: ${cached.missing.slice(0, 3).join(', ')} ${cached.missing.length > 1 ? 'are' : 'is'} missing`;
  throw new EvosiftError(
    'bad_data',
    `${dataset.source} is not${cached === null ? '' : ' whole'} in ${cachePath()}${missing}.\n` +
      'HF_HUB_OFFLINE is set: unset it and run again, then it works without a network, too.',
  );
}

/** Whether the files that a name means are chosen by the dataset's card. */
const goesByCard = ({ path }: DatasetName, names: readonly string[]): boolean => path === '' && names.includes(CARD);

/** What the cache has of a dataset; null where that is nothing. */
async function fromCache({ source, named, cache, options }: Dataset, commit: string): Promise<CachedChoice | null> {
  const listing = await cache.readListing(commit);
  const here = await cache.names(commit);
  const names = listing?.map(({ name }) => name) ?? here;
  if (names.length === 0) return null;
  const isCarded = goesByCard(named, names);
  if (isCarded && !here.includes(CARD)) return { commit, files: [], notice: null, missing: [CARD], isSure: false };
  const card = isCarded ? await readFile(join(cache.snapshot(commit), CARD), 'utf8') : '';
  const chosen = await chooseFiles({ label: source, named, names, card }, options);
  if (listing === null) checkNumbered(chosen.files);
  const sizes = new Map(listing?.map(({ name, bytes }) => [name, bytes]));
  const missing: string[] = [];
  for (const file of chosen.files) {
    const stats = await cache.find(commit, file);
    if (stats === null || stats.size !== (sizes.get(file) ?? stats.size)) missing.push(file);
  }
  return { ...chosen, commit, missing, isSure: listing !== null || names.includes(named.path) };
}

/** Brings into the cache the files that are chosen at a commit; first the card, by which they are. */
async function pull({ source, named, cache, options }: Dataset, client: HubClient, commit: string): Promise<Chosen> {
  const listing = (await cache.readListing(commit)) ?? (await client.allFiles(commit));
  const names = listing.map(({ name }) => name);
  const puller = new FilePuller(client, cache, commit, options);
  const bring = async (wanted: readonly string[]): Promise<void> => {
    const chosen = new Set(wanted);
    const files = listing.filter(({ name }) => chosen.has(name));
    await puller.bring(files);
    await puller.link(files);
  };
  const isCarded = goesByCard(named, names);
  if (isCarded) await bring([CARD]);
  const card = isCarded ? await readFile(join(cache.snapshot(commit), CARD), 'utf8') : '';
  const chosen = await chooseFiles({ label: source, named, names, card }, options);
  await cache.writeListing(commit, listing);
  await bring(chosen.files);
  return { ...chosen, commit };
}
