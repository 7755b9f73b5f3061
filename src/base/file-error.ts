import { EvosiftError, messageOf } from './errors.js';
import { isDiskFull, systemCode } from './system-error.js';

const MEANING: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'you may not read it; check its permissions',
  EPERM: 'you may not read it; check its permissions',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  ELOOP: 'its symbolic links run in a circle',
  EIO: 'the device failed while reading it',
};

/** What a user is told when `path` can't be read. */
export function unreadable(path: string, error: unknown): EvosiftError {
  const code = systemCode(error);
  const why = MEANING[code] ?? messageOf(error);
  return new EvosiftError('bad_data', `${path}: ${why}`, { cause: error });
}

/** What a user is told when `path` can't be written; `kept` says what is safe. Other errors come back as they are. */
export function unwritable(path: string, error: unknown, kept = ''): unknown {
  if (isDiskFull(error)) {
    const text = `${path}: no space left on its disk${kept}; free some and give the same command again`;
    return new EvosiftError('disk_full', text, { cause: error });
  }
  const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOENT', 'ENXIO', 'EPIPE'].includes(
    systemCode(error),
  );
  if (!refused || !(error instanceof Error)) return error;
  return new EvosiftError('bad_argument', `${path} can't be written: ${error.message}`, { cause: error });
}
