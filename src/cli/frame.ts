import { EvosiftError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { printJson } from './json-output.js';
import { listenForInterrupts } from './interrupt.js';
import { messageLogger } from './message-logger.js';
import { inFlags } from './option-names.js';
import type { OutputOptions } from './output-options.js';
import { showProgress, type ProgressDisplay } from './progress.js';

/** What a command works in. */
export interface Frame {
  /** Aborts at Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly progress: ProgressDisplay;
  readonly logger: Logger;
  /** Nothing but errors is to be told. */
  readonly silent: boolean;
  /** Prints what came of the command: one JSON object with `--json`, else a text, or with `--quiet` nothing. */
  report(json: () => object, text: () => string): void;
}

export interface FrameOptions {
  /** What is being done, e.g. `scoring`. */
  readonly label: string;
  /** What a process is told that was interrupted; null: nothing. Default: what the error says, where it is ours. */
  readonly interrupted?: string | null;
}

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Codes that end a run in good order, and that the same command goes on after. */
const STOPS: readonly string[] = ['budget_spent', 'breaker_open'];

/**
 * Does a command's work in the frame that all have: interrupts, progress and messages on standard error, the report on
 * standard output, the exit code. An interrupt and a stop are told in a sentence; every other error is thrown.
 *
 * @returns What the process is to exit with.
 */
export async function inFrame(
  output: OutputOptions,
  { label, interrupted }: FrameOptions,
  work: (frame: Frame) => Promise<ExitCode>,
): Promise<void> {
  const { json = false, quiet = false, logLevel } = output;
  const silent = quiet || logLevel === 'error' || logLevel === 'silent';
  using interrupt = listenForInterrupts();
  using progress = showProgress(label, silent);
  const frame: Frame = {
    signal: interrupt.signal,
    progress,
    // What is silent says errors only.
    logger: messageLogger(output, silent ? tell : (line) => progress.say(line)),
    silent,
    report: (toJson, toText) => {
      progress.clear();
      if (json) printJson(toJson());
      else if (!quiet) process.stdout.write(toText());
    },
  };
  try {
    process.exitCode = await work(frame);
  } catch (error) {
    const stopped = error instanceof EvosiftError && STOPS.includes(error.code) ? EXIT.stopped : null;
    const code = interrupt.exitCode ?? stopped;
    if (code === null) throw error;
    const said = error instanceof EvosiftError ? inFlags(error.message) : 'Interrupted.';
    const told = interrupt.exitCode === null ? said : interrupted === undefined ? said : interrupted;
    // A stop is an error, which a silent command says too.
    if (told !== null) (silent && interrupt.exitCode === null ? tell : progress.say)(told);
    process.exitCode = code;
  }
}
