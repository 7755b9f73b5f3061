import { EvosiftError } from './errors.js';

/** The code of a failed system call (`ENOENT`, …), or empty for any other error. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error) || error instanceof EvosiftError) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether a write failed for want of space or quota; DuckDB has no code for it. */
export function isDiskFull(error: unknown): boolean {
  if (['ENOSPC', 'EDQUOT'].includes(systemCode(error))) return true;
  return error instanceof Error && error.message.includes('No space left on device');
}
