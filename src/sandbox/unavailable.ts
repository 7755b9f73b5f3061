import { EvosiftError } from '../base/errors.js';

const TRUST = 'or run the code without a sandbox (`trustCode`), where you trust it as your own';

export const INSTALL_SANDBOX = 'apt-get install bubblewrap python3';

/** There is no sandbox. @param fault What is missing or refused. @param mend What to install or allow. */
export const sandboxUnavailable = (fault: string, mend: string, cause?: unknown): EvosiftError =>
  new EvosiftError('sandbox_unavailable', `No sandbox for code that a model wrote: ${fault}.\n${mend}, ${TRUST}.`, {
    cause,
  });

/** What allows what bubblewrap was refused. */
export const ALLOW_NAMESPACES =
  'Allow user namespaces: in Docker by --security-opt seccomp=unconfined (or a profile with them), ' +
  'on Ubuntu by sysctl kernel.apparmor_restrict_unprivileged_userns=0';
