// A lock between processes that the kernel releases when its holder ends, however it ends: a child holds flock(1) on a
// file for as long as this process keeps the child's input open.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Resolves with the release once the lock is held; where there is no flock(1) at once, without a lock. */
function acquire(file) {
  return new Promise((resolve, reject) => {
    const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    holder.once('error', (error) => (error.code === 'ENOENT' ? resolve(() => {}) : reject(error)));
    holder.once('exit', (code) => reject(new Error(`flock ${file} ended with ${code}`)));
    holder.stdout.once('data', () => resolve(() => holder.stdin.end()));
  });
}

/**
 * Runs `work` while no other process holds `file`.
 * @template T @param {string} file @param {() => void} onWait called once where somebody else holds it
 * @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withLock(file, onWait, work) {
  mkdirSync(dirname(file), { recursive: true });
  const patience = setTimeout(onWait, 300);
  const release = await acquire(file).finally(() => clearTimeout(patience));
  try {
    return await work();
  } finally {
    release();
  }
}
