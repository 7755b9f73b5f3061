import type { Logger } from '../base/logger.js';
import { inFlags } from './option-names.js';
import type { OutputOptions } from './output-options.js';

const ORDER: readonly OutputOptions['logLevel'][] = ['debug', 'info', 'warn', 'error', 'silent'];

/**
 * Messages as lines on standard error; `--quiet` leaves errors only. Entries of level info that bring fields are for
 * logs, and shown with the level debug.
 *
 * @param say Writes a line, above a progress bar where there is one.
 */
export function messageLogger({ quiet = false, logLevel }: OutputOptions, say: (line: string) => void): Logger {
  const least = ORDER.indexOf(quiet ? 'error' : logLevel);
  const at = (level: keyof Logger) => (fields: object, message: string) => {
    if (ORDER.indexOf(level) < least) return;
    if (logLevel === 'debug') say(`${level}: ${inFlags(message)} ${JSON.stringify(fields)}`);
    else if (level !== 'info' || Object.keys(fields).length === 0) say(inFlags(message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
