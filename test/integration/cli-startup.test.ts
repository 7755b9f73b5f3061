import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin/evosift.js');
/** How many times what a Node that does nothing takes. */
const MOST = 3;
const PAIRS = 9;
const TRIES = 3;

/**
 * The processor time of a Node process. Where nothing else runs it is no less than the time one waits: starting does
 * not wait for anything. What else runs beside a test does not count in it.
 */
function millisecondsOf(args: readonly string[]): number {
  const timed = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null', '-', process.execPath, ...args], {
    encoding: 'utf8',
  });
  expect(timed.status).toBe(0);
  const [user, system] = timed.stderr.trim().split(' ').map(Number);
  return 1_000 * (user! + system!);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Of the medians of runs that take turns, so that both see the same machine. */
function ratio(): number {
  const help: number[] = [];
  const nothing: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    nothing.push(millisecondsOf(['-e', '0']));
    help.push(millisecondsOf([BIN, '--help']));
  }
  return median(help) / median(nothing);
}

it(`evosift --help takes at most ${MOST} times as long as node -e 0`, { timeout: 300_000 }, () => {
  // A try may be off where the machine is busy; a program that is too slow is so in all of them.
  let least = Infinity;
  for (let tries = 0; tries < TRIES && least > MOST; tries++) least = Math.min(least, ratio());
  expect(least).toBeLessThanOrEqual(MOST);
});
