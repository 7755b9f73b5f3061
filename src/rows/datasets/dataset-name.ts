import { EvosiftError } from '../../base/errors.js';
import { isHubId } from '../../hub/repository.js';

/** What `hf://datasets/OWNER/NAME[@REV][/PATH]` says. */
export interface DatasetName {
  /** `OWNER/NAME`. */
  readonly id: string;
  /** Not looked at yet; `main` where none is said. */
  readonly revision: string;
  /** A file, a folder or a glob from the repository's root; empty: the dataset as its author laid it out. */
  readonly path: string;
}

const PREFIX = 'hf://datasets/';

/** Branches that the hub keeps for itself, which are known by their slashes. */
const SPECIAL = /^refs\/(?:convert\/\w+|pr\/\d+)(?=\/|$)/;

/** Whether a source is to be found on the hub, rather than on this machine. */
export const isHubSource = (source: string): boolean => source.startsWith('hf://');

/** A bare `OWNER/NAME[@REV][/PATH]` as the name of a dataset; a whole name stays as it is. */
export const datasetSource = (source: string): string => (isHubSource(source) ? source : PREFIX + source);

/** What a file of a dataset is called for good: by its commit. */
export const datasetFileName = (id: string, commit: string, file: string): string => `${PREFIX}${id}@${commit}/${file}`;

/**
 * Reads a name as huggingface_hub's HfFileSystem does: a revision with slashes is percent-encoded, but for
 * `refs/convert/…` and `refs/pr/…`.
 *
 * @throws EvosiftError `bad_argument` where it names no dataset.
 */
export function parseDatasetName(source: string): DatasetName {
  const [, id = '', at = '', rest = ''] = /^hf:\/\/datasets\/([^/@]+\/[^/@]+)(@?)(.*)$/.exec(source) ?? [];
  if (!isHubId(id)) throw refused(source, 'names no dataset');
  if (at === '') return { id, revision: 'main', path: checkedPath(source, rest) };
  const [special] = SPECIAL.exec(rest) ?? [];
  const encoded = special ?? rest.split('/', 1)[0] ?? '';
  const revision = special ?? decoded(source, encoded);
  if (revision === '') throw refused(source, 'has an @ without a revision');
  return { id, revision, path: checkedPath(source, rest.slice(encoded.length)) };
}

function decoded(source: string, revision: string): string {
  try {
    return decodeURIComponent(revision);
  } catch {
    throw refused(source, 'has a % in its revision that encodes nothing');
  }
}

function checkedPath(source: string, path: string): string {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  const parts = trimmed.split('/');
  if (trimmed !== '' && parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw refused(source, 'has a path that is none');
  }
  return trimmed;
}

const refused = (source: string, why: string): EvosiftError =>
  new EvosiftError(
    'bad_argument',
    `${source} ${why}; data on the hub are hf://datasets/OWNER/NAME[@REVISION][/PATH], PATH a file, a folder or a glob`,
  );
