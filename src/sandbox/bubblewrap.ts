import { lstatSync, readlinkSync } from 'node:fs';
import { findProgram } from './programs.js';
import { checkOthersRead, isReachableByOthers, isWithin, type Python } from './python.js';
import { notInstalled } from './unavailable.js';

/** Nobody. As root a limit on processes is ignored, even inside a user namespace. */
export const UNPRIVILEGED = 65_534;

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Links into /usr on today's systems, and folders of their own on older ones. */
const SYSTEM = ['/bin', '/lib', '/lib32', '/lib64'] as const;

/** All else of /dev, such as terminals and shared memory, is not there. */
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom'] as const;

/** @throws EvosiftError `sandbox_unavailable` where bubblewrap is not installed. */
export function findBubblewrap(): string {
  const found = findProgram('bwrap');
  if (found === null) throw notInstalled('bubblewrap (bwrap) is not installed');
  return found;
}

/** What makes a sandbox on this machine. */
export interface Enclosure {
  readonly bubblewrap: string;
  /**
   * Null: bubblewrap is started as an unprivileged user. Else it is so from within a mount namespace that root makes
   * first, with the interpreter's folders at a place where that user reaches them.
   */
  readonly throughRoot: { readonly setpriv: string } | null;
}

/** @throws EvosiftError `bad_argument` where the interpreter's folders are closed to the user that functions run as. */
export function chooseEnclosure(bubblewrap: string, python: Python): Enclosure {
  if (!isRoot()) return { bubblewrap, throughRoot: null };
  checkOthersRead(python);
  const setpriv = isReachableByOthers(python) ? null : findProgram('setpriv');
  return { bubblewrap, throughRoot: setpriv === null ? null : { setpriv } };
}

/** A folder of this machine, and where it is to be seen. */
interface Bind {
  readonly from: string;
  readonly to: string;
}

/**
 * The command that runs a Python in a sandbox: a machine with one process, without a network, with nothing to read but the
 * system's programs and the interpreter's folders, and with nothing to write to.
 *
 * @param environment The variables that the process has.
 */
export function sandboxCommand(
  { bubblewrap, throughRoot }: Enclosure,
  python: Python,
  environment: Readonly<Record<string, string>>,
): string[] {
  const binds = python.folders.map((folder, place) => ({
    from: throughRoot === null ? folder : `${PASSAGE}/${place}`,
    to: folder,
  }));
  const command = [bubblewrap, ...innerArguments(binds, python, environment)];
  if (throughRoot === null) return command;
  const passage = python.folders.flatMap((folder, place) => ['--ro-bind', folder, `${PASSAGE}/${place}`]);
  const outer = [['--die-with-parent'], ['--dev-bind', '/', '/'], ['--tmpfs', PASSAGE], passage].flat();
  const user = [`--reuid=${UNPRIVILEGED}`, `--regid=${UNPRIVILEGED}`, '--clear-groups'];
  return [bubblewrap, ...outer, '--', throughRoot.setpriv, ...user, '--', ...command];
}

/** Of the outer namespace, where root shows the inner bubblewrap what only root could reach. */
const PASSAGE = '/tmp';

function innerArguments(
  binds: readonly Bind[],
  { executable, links, folders }: Python,
  environment: Readonly<Record<string, string>>,
): string[] {
  return [
    ['--unshare-all', '--die-with-parent', '--new-session'],
    // A process of bubblewrap's own would be there for the code under test to look at.
    ['--as-pid-1'],
    ['--uid', String(UNPRIVILEGED), '--gid', String(UNPRIVILEGED), '--hostname', 'sandbox'],
    // Inside its namespace: to mount a bounded /tmp; then it is dropped.
    ['--cap-add', 'CAP_SYS_ADMIN'],
    ['--clearenv', ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value])],
    ['--ro-bind', '/usr', '/usr'],
    ...SYSTEM.map(systemFolder),
    ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    ...DEVICES.map((device) => ['--dev-bind', device, device]),
    ['--proc', '/proc', '--dir', writableFolder(folders)],
    ...binds.map(({ from, to }) => ['--ro-bind', from, to]),
    ...links.map(([from, to]) => ['--symlink', to, from]),
    ['--remount-ro', '/', '--chdir', '/', '--', executable],
  ].flat();
}

/** The one folder that can be written to: what is mounted on it would hide an environment below it. */
export const writableFolder = (folders: readonly string[]): string =>
  ['/tmp', '/var/tmp'].find((tmp) => folders.every((folder) => !isWithin(folder, [tmp]))) ?? '/mnt';

function systemFolder(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}
