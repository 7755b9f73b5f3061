import { integer, number, text, toggle, type OptionTable } from '../base/options.js';

/** How verification functions are run. */
export interface SandboxOptions {
  /** An environment (venv, conda prefix) whose packages the functions may import; it is mounted read-only. */
  readonly python?: string;
  /** Seconds of wall time that one case may take; default 2. */
  readonly caseTimeout?: number;
  /** MiB that a function may use beyond the interpreter's own; default 256. */
  readonly caseMemory?: number;
  /** Run without a sandbox: limits and timers stay, but the code may do whatever this user may. */
  readonly trustCode?: boolean;
}

export const SANDBOX_OPTIONS = {
  python: text({
    flag: '--python <dir>',
    help: 'an environment (venv, conda prefix) for verification functions, mounted read-only',
  }),
  caseTimeout: number(
    { above: 0, to: 3600 },
    { flag: '--case-timeout <seconds>', help: 'how long a verification function may take for a case', default: 2 },
  ),
  caseMemory: integer(
    { from: 16, to: 65_536 },
    { flag: '--case-memory <mib>', help: 'how much memory a verification function may use', default: 256 },
  ),
  trustCode: toggle({
    flag: '--i-trust-this-code',
    help: 'run verification functions without a sandbox: they may then do whatever you may',
  }),
} as const satisfies OptionTable<SandboxOptions>;
