import { sandboxUnavailable } from './unavailable.js';
import type { Sandbox } from './verdict.js';

/** What a sandbox must refuse: tried from within, by a function that answers True where it was refused. */
export const PROBES = ['network', 'files', 'processes'] as const;

const CODE = `
import os, socket

def refused(attempt):
    try:
        attempt()
    except OSError:
        return True
    return False

def network():
    with open('/proc/self/net/dev') as devices:
        names = [line.split(':')[0].strip() for line in devices if ':' in line]
    return names in ([], ['lo']) and refused(socket.socket)

def files():
    hidden = ['/etc/passwd', '/root', '/home', '/var', '/sys', '/proc/1/environ', '/proc/1/mem']
    folders = ['/', '/usr', '/etc', '/dev', '/proc']
    return all(refused(lambda: os.listdir(path) if os.path.isdir(path) else open(path).close()) for path in hidden) and all(
        refused(lambda: open(os.path.join(folder, 'evosift-probe'), 'x')) for folder in folders)

def processes():
    return refused(os.fork) and refused(lambda: os.execv('/bin/true', ['true'])) and refused(lambda: os.kill(1, 0))

def evaluate(response):
    return globals()[response]()
`;

/** @throws EvosiftError `sandbox_unavailable` where the sandbox does not hold. */
export async function proveConfinement(sandbox: Sandbox): Promise<void> {
  const verdicts = await sandbox.run({ code: CODE, inputs: PROBES });
  const open = PROBES.filter((_, position) => verdicts[position]?.verdict !== 'true');
  if (open.length === 0) return;
  const said = verdicts.map(({ verdict, detail }) => detail ?? verdict).join(', ');
  throw sandboxUnavailable(`bubblewrap does not confine it here: ${open.join(', ')} (${said})`, 'Use another machine');
}
