import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const interrupt = resolve(import.meta.dirname, '../../../dist/cli/interrupt.js');

/** A program that never ends its work, and says when it is told to. */
const program = `
  import { listenForInterrupts } from ${JSON.stringify(interrupt)};
  const interrupt = listenForInterrupts();
  setInterval(() => {}, 1000);
  interrupt.signal.addEventListener('abort', () => console.log('told', interrupt.exitCode));
  console.log('ready');
`;

describe('an interrupt', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s tells the work to end, and the second one ends the process at once', async (name, code) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    child.stdout.on('data', (chunk) => said.push(String(chunk)));
    await once(child.stdout, 'data');
    child.kill(name);
    await once(child.stdout, 'data');
    expect(said.join('')).toBe(`ready\ntold ${code}\n`);
    child.kill(name);
    expect(await once(child, 'exit')).toEqual([code, null]);
  });
});
