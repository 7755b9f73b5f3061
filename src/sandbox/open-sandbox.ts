import { availableParallelism } from 'node:os';
import { silentLogger, type Logger } from '../base/logger.js';
import { abortSignal, checkOptions, fillOptions, integer, loggerOption, type OptionTable } from '../base/options.js';
import { findBubblewrap, chooseEnclosure } from './bubblewrap.js';
import { proveConfinement } from './probes.js';
import { findPython } from './python.js';
import { SANDBOX_OPTIONS, type SandboxOptions } from './sandbox-options.js';
import type { Launch } from './supervisor.js';
import { SupervisorPool } from './supervisor-pool.js';
import { checkPlatform } from './unavailable.js';
import type { Sandbox } from './verdict.js';

export interface OpenSandboxOptions extends SandboxOptions {
  /** Ends all that runs. */
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  /** Functions that run at once; default: as many as there are cores. */
  readonly processes?: number;
}

const OPEN_SANDBOX_OPTIONS = {
  ...SANDBOX_OPTIONS,
  signal: abortSignal,
  logger: loggerOption,
  processes: integer({ from: 1 }, {}),
} as const satisfies OptionTable<OpenSandboxOptions>;

/**
 * Opens a sandbox, which first has to show that it holds.
 *
 * @throws EvosiftError `bad_argument`; `sandbox_unavailable`, which says what is missing and what to install or allow.
 */
export async function openSandbox(options: OpenSandboxOptions): Promise<Sandbox> {
  checkOptions('openSandbox', options, OPEN_SANDBOX_OPTIONS);
  const { caseTimeout, caseMemory, signal, ...rest } = fillOptions(options, OPEN_SANDBOX_OPTIONS);
  const { trustCode, logger = silentLogger, processes = availableParallelism() } = rest;
  checkPlatform();
  const bubblewrap = trustCode ? null : findBubblewrap();
  const python = await findPython(rest.python);
  if (bubblewrap === null) {
    logger.warn({}, 'Code that a model wrote runs without a sandbox (`trustCode`): it may do whatever this user may.');
  }
  const enclosure = bubblewrap === null ? null : chooseEnclosure(bubblewrap, python);
  return await openPool({ python, enclosure, caseTimeout, caseMemory }, processes, signal);
}

async function openPool(launch: Launch, processes: number, signal: AbortSignal | undefined): Promise<Sandbox> {
  const pool = new SupervisorPool(launch, processes, signal);
  try {
    if (launch.enclosure === null) await pool.run({ code: '', inputs: [] });
    else await proveConfinement(pool, launch.python);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}
