import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';

/** There is no sandbox here. */
export class SandboxUnavailable extends EvosiftError {
  /**
   * @param fault What is missing or refused.
   * @param remedy How to mend it, in words.
   * @param command The command that mends it; null where there is none.
   */
  constructor(
    readonly fault: string,
    remedy: string,
    readonly command: string | null,
    cause?: unknown,
  ) {
    super('sandbox_unavailable', `There is no sandbox here for code that a model wrote: ${fault}.\n${remedy}.`, {
      cause,
    });
  }
}

const OR_TRUST = '; or run the code without a sandbox (`trustCode`), if you trust it as your own';

const INSTALL = 'apt-get install bubblewrap python3';

/** @throws EvosiftError `sandbox_unavailable`; the limits, too, are Linux's. */
export function checkPlatform(): void {
  if (process.platform === 'linux') return;
  const fault = `it is made of Linux's namespaces, and this is ${process.platform}`;
  throw new SandboxUnavailable(fault, 'Run this on Linux, in a virtual machine or a container', null);
}

/** @param fault As `SandboxUnavailable`. */
export const notInstalled = (fault: string): SandboxUnavailable =>
  new SandboxUnavailable(fault, `Install it with: ${INSTALL}${OR_TRUST}`, INSTALL);

/** The kernel's settings that forbid user namespaces, each by the value that does, and what to set. */
const SETTINGS = [
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allows: '0' },
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allows: '1' },
  { name: 'user.max_user_namespaces', forbids: '0', allows: '15000' },
] as const;

/** What a sandbox's process says that was refused its namespaces, its mounts or its user. */
const REFUSALS = /namespace|not permitted|permission denied|uid map|pivot_root/i;

/** A sandbox's process ended before it was ready. @param said Its last words. */
export function doesNotStart(said: string, cause: unknown): SandboxUnavailable {
  const words =
    said
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/ See <.*/, '') ?? '';
  const fault = words === '' ? 'its process ended at once' : `it does not start (${words})`;
  if (!REFUSALS.test(words)) {
    return new SandboxUnavailable(fault, `See that it has what it needs: ${INSTALL}${OR_TRUST}`, INSTALL, cause);
  }
  const setting = SETTINGS.find(({ name, forbids }) => kernelSetting(name) === forbids);
  if (setting === undefined) {
    const remedy =
      'Allow user namespaces, with mounts and a /proc in them: in Docker with ' +
      '--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined; ' +
      `inside chroot the kernel makes none${OR_TRUST}`;
    return new SandboxUnavailable(fault, remedy, null, cause);
  }
  const command = `sysctl -w ${setting.name}=${setting.allows}`;
  return new SandboxUnavailable(fault, `Allow user namespaces with: ${command}${OR_TRUST}`, command, cause);
}

function kernelSetting(name: string): string | null {
  try {
    return readFileSync(join('/proc/sys', ...name.split('.')), 'utf8').trim();
  } catch {
    return null;
  }
}
