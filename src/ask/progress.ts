import { messageOf } from '../base/errors.js';
import { silentLogger, type Logger } from '../base/logger.js';
import type { Fleet } from '../llm/fleet/fleet.js';
import type { FleetStats } from '../llm/fleet/stats.js';
import type { QuestionPart, Questions } from './questions.js';

/** How far a run that asks generators is. */
export interface GenerationProgress {
  /** Rows that are done. */
  readonly rows: number;
  readonly total: number;
  /** Questions that were answered or given up on, of those that are planned as far as is known by now. */
  readonly answered: number;
  readonly planned: number;
  /** Of those that were answered, the ones that the journal knew. */
  readonly journaled: number;
  /** The same by part of the run: its rounds, and the steps of Auto-Evol's optimiser. */
  readonly parts: readonly QuestionPart[];
  /** Requests that this start has sent and that came to an end. */
  readonly requests: number;
  /** Tokens of their prompts and answers. */
  readonly tokens: number;
  readonly inFlight: number;
  /** Attempts at requests that failed, by kind. */
  readonly failures: FleetStats['failures'];
}

/** What one start of a run did: the part of its summary in which two runs of the same need not agree. */
export interface StartReport {
  readonly seconds: number;
  readonly requests: number;
  readonly tokens: number;
  /** Answers that were in the journal. */
  readonly journaled: number;
  readonly failures: FleetStats['failures'];
}

const EVERY_MS = 500;

/** Who is told of progress, and of what goes wrong with that. */
interface ProgressSettings {
  readonly onProgress?: (progress: GenerationProgress) => void;
  readonly logger?: Logger;
}

/** Measures a start, and tells how far it is until it is disposed. */
export interface RunningReport extends Disposable {
  rows: number;
  readonly report: StartReport;
}

export function startReport(
  fleet: Fleet,
  questions: Questions,
  total: number,
  { onProgress, logger = silentLogger }: ProgressSettings,
): RunningReport {
  const began = performance.now();
  let isDeaf = false;
  const tell = (): void => {
    const { parts } = questions;
    const answered = parts.reduce((sum, part) => sum + part.answered, 0);
    const planned = parts.reduce((sum, part) => sum + part.planned, 0);
    if (isDeaf) return;
    try {
      onProgress?.({ rows: running.rows, total, answered, planned, parts, ...fleet.stats });
    } catch (error) {
      // Thrown in a timer it would end the process.
      isDeaf = true;
      logger.error({ error }, `onProgress failed (${messageOf(error)}); it is told nothing more`);
    }
  };
  const timer = setInterval(tell, EVERY_MS);
  timer.unref();
  const running: RunningReport = {
    rows: 0,
    get report() {
      const { requests, tokens, journaled, failures } = fleet.stats;
      return { seconds: (performance.now() - began) / 1000, requests, tokens, journaled, failures };
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      tell();
    },
  };
  return running;
}
