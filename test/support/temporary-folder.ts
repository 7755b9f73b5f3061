import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the whole test run one temporary folder, which goes with it whatever its tests leave there. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'evosift-test-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
