/** A sandbox for verification functions: code in, verdicts out. */
export { diagnoseSandbox } from './diagnose-sandbox.js';
export { openSandbox, type OpenSandboxOptions } from './open-sandbox.js';
export { rememberVerdicts } from './remember-verdicts.js';
export { SANDBOX_OPTIONS, type SandboxOptions } from './sandbox-options.js';
export type { Sandbox, SandboxJob, Verdict, VerdictKind } from './verdict.js';
