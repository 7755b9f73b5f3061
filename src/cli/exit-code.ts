import { EvosiftError } from '../base/errors.js';

/** What a command's exit tells the caller. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Stopped at a budget or an open breaker; the same command goes on. */
  stopped: 3,
  /** Ctrl-C; the same command goes on. */
  interrupted: 130,
  /** SIGTERM; the same command goes on. */
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * What to print of an error: its message, which says what is wrong, where, and what to do. Of a defect of this program
 * also its class and first frame, since there its message alone may say nothing.
 */
export function errorText(error: unknown): string {
  if (error instanceof EvosiftError || error instanceof UsageError) return error.message;
  if (!(error instanceof Error)) return `Unexpected: ${String(error)}`;
  const frame = /\n\s+(at .*)/.exec(error.stack ?? '')?.[1] ?? '';
  return `Unexpected ${error.name}: ${error.message} ${frame}\nThis is a defect of evosift; --log-level debug shows the whole stack.`;
}

/** An error's stack and those of its causes. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\n  caused by ${stackOf(error.cause)}`;
}
