import { beforeAll, describe, expect, it } from 'vitest';
import { atLength } from '../support/endurance.js';
import { fixture } from '../support/fixtures.js';
import { BUILD_TIMEOUT_MS, buildNativeProgram, runNativeProgram } from './native-program.js';

describe('damaged model files', () => {
  const seconds = atLength(5, 60);
  let program: string;

  beforeAll(async () => {
    program = await buildNativeProgram('model_files_fuzz');
  }, BUILD_TIMEOUT_MS);

  it(`are read or refused, and nothing else, for ${seconds} s`, { timeout: 300_000 }, async () => {
    const seed = String(Date.now());
    const { code, output } = await runNativeProgram(program, [String(seconds), seed, fixture('odd')]);
    expect(output).toMatch(/^configs: \d+ tried, [1-9]\d* of them read, the others refused$/m);
    expect(output).toMatch(/^safetensors files: \d+ tried, [1-9]\d* of them read, the others refused$/m);
    expect(output).toMatch(/^indexes: \d+ tried, \d+ of them read, the others refused$/m);
    expect(code, output).toBe(0);
  });
});
