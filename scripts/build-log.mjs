// A build's output goes to a file; what matters of it when the build fails is found here.
import { readFileSync } from 'node:fs';

/** The lines around the first error, or the last lines where none is called so. */
export function faultIn(log) {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  const from = lines.findIndex((line) => /\berror\b/i.test(line));
  return (from < 0 ? lines.slice(-30) : lines.slice(Math.max(0, from - 3), from + 30)).join('\n');
}
