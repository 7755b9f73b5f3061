import { EvosiftError } from '../base/errors.js';

/** There is no sandbox here. */
export class SandboxUnavailable extends EvosiftError {
  /**
   * @param fault What is missing or refused.
   * @param remedy How to mend it, a sentence without its end.
   * @param command The command that mends it; null where there is none.
   */
  constructor(
    readonly fault: string,
    remedy: string,
    readonly command: string | null,
    cause?: unknown,
  ) {
    super(
      'sandbox_unavailable',
      `There is no sandbox here for code that a model wrote: ${fault}.\n` +
        `${remedy}; or run the code without a sandbox (\`trustCode\`), if you trust it as your own.`,
      { cause },
    );
  }
}

const INSTALL = 'apt-get install bubblewrap python3';

/** @param fault As `SandboxUnavailable`. */
export const notInstalled = (fault: string): SandboxUnavailable =>
  new SandboxUnavailable(fault, `Install it with: ${INSTALL}`, INSTALL);

const ALLOW = 'sysctl kernel.apparmor_restrict_unprivileged_userns=0';

/** What a sandbox's process says that was refused its namespaces, its mounts or its user. */
const REFUSALS = /namespace|not permitted|permission denied|uid map|pivot_root/i;

/** A sandbox's process ended before it was ready. @param said Its last words. */
export function doesNotStart(said: string, cause: unknown): SandboxUnavailable {
  const words = said.trim().split('\n').at(-1) ?? '';
  const fault = words === '' ? 'its process ended at once' : `it does not start (${words})`;
  if (!REFUSALS.test(words)) {
    return new SandboxUnavailable(fault, `See that it has what it needs: ${INSTALL}`, INSTALL, cause);
  }
  return new SandboxUnavailable(
    fault,
    'Allow user namespaces: in Docker with --security-opt seccomp=unconfined (or a profile that has them), ' +
      `on Ubuntu with ${ALLOW}`,
    ALLOW,
    cause,
  );
}
