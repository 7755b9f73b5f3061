import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Python } from './python.js';
import { isExecutable, searchPath } from './python.js';
import { ALLOW_NAMESPACES, INSTALL_SANDBOX, sandboxUnavailable } from './unavailable.js';

/** Nobody: as root a limit on processes is ignored, even inside a user namespace. */
export const UNPRIVILEGED = 65_534;

/** Folders of the system that are links into /usr on today's systems, and folders of their own on older ones. */
const SYSTEM = ['/bin', '/lib', '/lib32', '/lib64'] as const;

/** All else of /dev, such as a terminal or shared memory, is not there. */
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom'] as const;

/** @throws EvosiftError `sandbox_unavailable` where bubblewrap is not installed, or this is not Linux. */
export function findBubblewrap(): string {
  if (process.platform !== 'linux') {
    const fault = `it is made of Linux namespaces, and this is ${process.platform}`;
    throw sandboxUnavailable(fault, 'Run this on Linux, in a virtual machine or a container');
  }
  const found = searchPath()
    .map((folder) => join(folder, 'bwrap'))
    .find(isExecutable);
  if (found !== undefined) return found;
  throw sandboxUnavailable('bubblewrap (bwrap) is not installed', `Install it: ${INSTALL_SANDBOX}`);
}

/**
 * What bubblewrap is asked for: a machine with one process, no network, and nothing to read but the system's programs and
 * the interpreter's folders.
 */
export function bubblewrapArguments({ folders, links, executable }: Python, environment: NodeJS.ProcessEnv): string[] {
  return [
    '--unshare-all',
    ...['--die-with-parent', '--new-session'],
    // Bubblewrap's own process would be there for the code under test to look at.
    '--as-pid-1',
    ...['--uid', String(UNPRIVILEGED), '--gid', String(UNPRIVILEGED), '--hostname', 'sandbox'],
    // Of its own namespace: to mount a bounded /tmp, and dropped then.
    ...['--cap-add', 'CAP_SYS_ADMIN'],
    '--clearenv',
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value ?? '']),
    ...['--ro-bind', '/usr', '/usr'],
    ...SYSTEM.flatMap(systemFolder),
    ...['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ...['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    ...DEVICES.flatMap((device) => ['--dev-bind', device, device]),
    ...['--proc', '/proc', '--dir', '/tmp'],
    ...folders.flatMap((folder) => ['--ro-bind', folder, folder]),
    ...links.flatMap(([from, to]) => ['--symlink', to, from]),
    ...['--remount-ro', '/', '--chdir', '/', '--', executable],
  ];
}

function systemFolder(path: string): readonly string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

/** What to say where bubblewrap or the interpreter in it ended before it was ready. @param said Their last words. */
export function refusal(said: string): { readonly fault: string; readonly mend: string } {
  const words = said.trim().split('\n').at(-1) ?? '';
  const isDenied = /namespace|Operation not permitted|Permission denied|uid map|pivot_root/i.test(words);
  return {
    fault: words === '' ? 'the process in it ended at once' : words,
    mend: isDenied ? ALLOW_NAMESPACES : `See that it has what it needs: ${INSTALL_SANDBOX}`,
  };
}
