import { EvosiftError } from '../base/errors.js';

/** What a hub keeps under an id. */
export interface Repository {
  readonly type: 'model' | 'dataset';
  /** `OWNER/NAME`; old models have no owner. */
  readonly id: string;
}

/** Where its page is below the hub's address. */
export const pageOf = ({ type, id }: Repository): string => (type === 'model' ? id : `${type}s/${id}`);

/** The code of the error that there is none, or not as it was asked for. */
export const absenceOf = ({ type }: Repository): 'model_not_found' | 'bad_data' =>
  type === 'model' ? 'model_not_found' : 'bad_data';

/** The hub's rules: one or two parts of letters, digits, `-`, `_`, `.`, without `--`, `..` or a mark at an end. */
export function isHubId(name: string): boolean {
  const parts = name.split('/');
  return (
    name.length <= 96 &&
    parts.length <= 2 &&
    !/--|\.\./.test(name) &&
    parts.every((part) => /^[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?$/.test(part))
  );
}

const COMMIT = /^[0-9a-f]{40}$/;

/** Whether a revision is a whole commit hash, so that what it names never changes. */
export const isCommit = (revision: string): boolean => COMMIT.test(revision);

/**
 * A revision, seen to be one.
 *
 * @throws EvosiftError `bad_argument` where it has what git allows in no name, or what is not safe in a path.
 */
export function checkedRevision(revision: string): string {
  if (/^[\w.-]+(?:\/[\w.-]+)*$/.test(revision) && !/(?:^|\/)\.|\.\./.test(revision)) return revision;
  throw new EvosiftError(
    'bad_argument',
    `revision ${JSON.stringify(revision)} is no branch, tag or commit: letters, digits, "." "_" "-" and "/" between them.`,
  );
}
