import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = 4000;
const DEPTH = 200;

/**
 * Writes a worker's ES module, with the task `double`, into `folder`, and gives its path. Its graph is linked for some
 * hundred milliseconds, and nothing of it runs before: thousands of names are looked up through a long chain of modules.
 */
export function writeSlowToLink(folder: string): string {
  const names = Array.from({ length: NAMES }, (_, i) => `n${i}`).join();
  const write = (name: string, text: string): string => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, `${text}\n`);
    return file;
  };
  write('link-0', `export let ${names};`);
  for (let i = 1; i <= DEPTH; i++) write(`link-${i}`, `export * from './link-${i - 1}.mjs';`);
  return write(
    'worker',
    `import { ${names} } from './link-${DEPTH}.mjs';\nexport const double = (value) => value * 2;`,
  );
}
