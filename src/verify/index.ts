/** The checking of answers by functions, as others see it. */
export { checkResponses, type Checked } from './check-responses.js';
export { readVerifiers } from './read-verifiers.js';
export type { UnverifiedReason, VerdictLine } from './verdict-line.js';
export { constraintId, functionId, type CheckFunction, type Verifier } from './verifier.js';
export { verify } from './verify.js';
export { VERIFY_OPTIONS, type VerifyOptions, type VerifyProgress } from './verify-options.js';
export type { VerifyReport } from './verify-tally.js';
