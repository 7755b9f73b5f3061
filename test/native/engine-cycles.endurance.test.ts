import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atLength } from '../support/endurance.js';
import { fixture } from '../support/fixtures.js';
import {
  BUILD_TIMEOUT_MS,
  buildNativeProgram,
  buildSanitizedAddon,
  runNativeProgram,
  sanitizedProcess,
} from './native-program.js';

const CYCLES = atLength(6, 200);
const POCKET = join(import.meta.dirname, '../../models/pocket');

describe(`${CYCLES} cycles of load, run and close, under the sanitizers`, () => {
  it('leave nothing behind in a program', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const name = 'cycles_leave_nothing_behind';
    const args = [name, '--models', fixture('goldens/tiny'), '--cycles', String(CYCLES)];
    const { code, output } = await runNativeProgram(await buildNativeProgram('engine_test'), args);
    expect(output).toBe(`ok ${name}\n`);
    expect(code).toBe(0);
  });

  it('are clean in Node, with the addon', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const script = `
      import { createRequire } from 'node:module';
      const addon = createRequire('/')(${JSON.stringify(await buildSanitizedAddon())});
      const tokens = new Int32Array(300).fill(5);
      for (let i = 0; i < ${CYCLES}; i++) {
        const model = await addon.load(${JSON.stringify(POCKET)}, { dtype: 'auto', threads: 2, devices: [], stepTokens: 0 });
        await model.run(1, tokens, Int32Array.of(0, 100, 300), Int32Array.of(1, 100, 101, 300), 3);
        await model.close();
      }`;
    const env = await sanitizedProcess();
    const { code, output } = await runNativeProgram(process.execPath, ['--input-type=module', '-e', script], env);
    expect(output).toBe('');
    expect(code).toBe(0);
  });
});
