import { EvosiftError } from '../base/errors.js';
import { EXIT, type ExitCode } from './exit-code.js';

/** Ctrl-C and SIGTERM, as a signal that work can end cleanly on. A second one ends the process at once. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** What to exit with where the process was interrupted, else null. */
  readonly exitCode: ExitCode | null;
}

/** Listens until disposed. */
export function listenForInterrupts(): Interrupt {
  const controller = new AbortController();
  let exitCode: ExitCode | null = null;
  const listenerFor = (code: ExitCode) => (): void => {
    if (exitCode !== null) process.exit(code);
    exitCode = code;
    controller.abort(new EvosiftError('aborted', 'Interrupted.'));
  };
  const onInterrupt = listenerFor(EXIT.interrupted);
  const onTerminate = listenerFor(EXIT.terminated);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
    },
  };
}
