import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Where a path leads, whatever symbolic links are on its way; the file itself need not be there. */
export function realPathOf(path: string): string {
  const whole = resolve(path);
  return led(whole) ?? join(led(dirname(whole)) ?? dirname(whole), basename(whole));
}

function led(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
