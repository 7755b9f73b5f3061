import { isWithin, type Python } from './python.js';
import { SandboxUnavailable } from './unavailable.js';
import type { Sandbox } from './verdict.js';

/** What a sandbox must refuse. Each is tried from within, by a function of its name that says True where it was refused. */
const PROBES = ['network', 'files', 'processes', 'memory'] as const;

/** Seconds: a busy machine is no reason to doubt the sandbox. */
const PROBE_TIMEOUT = 30;

/** What of the host must not be there, but for what leads to the interpreter. */
const HIDDEN = ['/etc/passwd', '/etc/shadow', '/root', '/home', '/var/lib', '/sys', '/run'] as const;

const CODE = `
import os, resource, socket

def refused(attempt):
    try:
        attempt()
    except OSError:
        return True
    return False

def opens(path):
    return lambda: os.listdir(path) if os.path.isdir(path) else open(path).close()

def network():
    with open('/proc/self/net/dev') as devices:
        names = [line.split(':')[0].strip() for line in devices if ':' in line]
    return names in ([], ['lo']) and refused(socket.socket)

def files():
    hidden = [*HIDDEN, '/proc/1/environ', '/proc/1/mem', '/proc/1/fd']
    closed = ['/', '/usr', '/etc', '/dev', '/proc']
    return all(refused(opens(path)) for path in hidden) and all(
        refused(lambda: open(os.path.join(folder, 'evosift-probe'), 'x')) for folder in closed)

def processes():
    return refused(os.fork) and refused(lambda: os.execv('/bin/true', ['true'])) and refused(lambda: os.kill(1, 0))

def memory():
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    try:
        return not bytearray(limit)
    except (MemoryError, OverflowError):
        return limit != resource.RLIM_INFINITY

def evaluate(response):
    return globals()[response]()
`;

/**
 * What was tried and refused.
 *
 * @throws EvosiftError `sandbox_unavailable` where the sandbox does not hold.
 */
export async function proveConfinement(sandbox: Sandbox, { folders }: Python): Promise<readonly string[]> {
  const hidden = HIDDEN.filter((path) => folders.every((folder) => !isWithin(folder, [path])));
  const code = `HIDDEN = ${JSON.stringify(hidden)}\n${CODE}`;
  const verdicts = await sandbox.run({ code, inputs: PROBES, timeout: PROBE_TIMEOUT });
  const open = PROBES.filter((_, position) => verdicts[position]?.verdict !== 'true');
  if (open.length === 0) return PROBES;
  const said = verdicts.map(({ verdict, detail }) => detail ?? verdict).join(', ');
  throw new SandboxUnavailable(`it does not hold: ${open.join(', ')} (${said})`, 'Use a machine where it does', null);
}

const ENDLESS = 'def evaluate(response):\n    while True:\n        pass\n';

/** @throws EvosiftError `sandbox_unavailable` where a function that does not end is not ended. */
export async function proveTimer(sandbox: Sandbox): Promise<void> {
  const [verdict] = await sandbox.run({ code: ENDLESS, inputs: [''] });
  if (verdict?.verdict === 'timeout') return;
  throw new SandboxUnavailable('a function that does not end is not stopped', 'Use a machine where it does', null);
}
