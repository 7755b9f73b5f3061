import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Check } from '../engine/index.js';
import { EvosiftError } from '../base/errors.js';
import { findBubblewrap } from './bubblewrap.js';
import { openSandbox } from './open-sandbox.js';
import { proveConfinement, proveTimer } from './probes.js';
import { findPython } from './python.js';
import { checkPlatform, SandboxUnavailable } from './unavailable.js';

/** Seconds: the endless function of the probes is waited for. */
const CASE_TIMEOUT = 0.5;

/** Tries the sandbox, and says what holds. Only functions that check answers need it: without it all else works. */
export async function diagnoseSandbox(): Promise<Check> {
  try {
    checkPlatform();
    const bubblewrap = await bubblewrapVersion();
    const python = await findPython(undefined);
    const sandbox = await openSandbox({ caseTimeout: CASE_TIMEOUT, processes: 1 });
    try {
      const held = await proveConfinement(sandbox, python);
      await proveTimer(sandbox);
      return check(
        'ok',
        `${bubblewrap}, Python ${python.version}; refused as they should be: ${[...held, 'endless loops'].join(', ')}`,
      );
    } finally {
      await sandbox[Symbol.asyncDispose]();
    }
  } catch (error) {
    if (!(error instanceof EvosiftError)) throw error;
    if (!(error instanceof SandboxUnavailable)) return check('absent', error.message);
    const detail = `${error.fault}; only functions that check answers need it`;
    return error.command === null ? check('absent', detail) : check('optional', detail, error.command);
  }
}

const check = (status: Check['status'], detail: string, mend: string | null = null): Check => ({
  name: 'sandbox',
  status,
  detail,
  mend,
});

async function bubblewrapVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)(findBubblewrap(), ['--version']);
  return stdout.trim();
}
