import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMIT, LoopbackHub } from '../support/loopback-hub.js';

const ROOT = join(import.meta.dirname, '../..');
const POCKET = join(ROOT, 'models/pocket');

let cache: string;
let hub: LoopbackHub;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'evosift-hub-cli-'));
  const files: Record<string, Buffer> = {};
  for (const name of await readdir(POCKET)) files[name] = await readFile(join(POCKET, name));
  hub = await LoopbackHub.start({ 'tiny/pocket': { files } });
});
afterEach(async () => {
  await hub.stop();
  await rm(cache, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `evosift models …`; `during` may act on the process when its standard error or the hub has something to say. */
async function models(
  args: readonly string[],
  during?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const env = { PATH: process.env.PATH, HOME: cache, HF_HOME: cache, XDG_CACHE_HOME: cache, HF_ENDPOINT: hub.endpoint };
  const child = spawn(process.execPath, [join(ROOT, 'bin/evosift.js'), 'models', ...args], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  during?.((signal) => child.kill(signal));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

const snapshot = (): string => join(cache, 'hub/models--tiny--pocket/snapshots', COMMIT);

describe('evosift models', () => {
  it('pulls a model and prints nothing but its directory', async () => {
    expect(await models(['path', 'tiny/pocket'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('run evosift models pull tiny/pocket'),
    });
    expect(await models(['pull', 'tiny/pocket', '--quiet'])).toEqual({
      code: 0,
      stdout: `${snapshot()}\n`,
      stderr: '',
    });
    const before = hub.requests.length;
    expect(await models(['path', 'tiny/pocket'])).toEqual({ code: 0, stdout: `${snapshot()}\n`, stderr: '' });
    expect(hub.requests.length).toBe(before);

    const listed = JSON.parse((await models(['list', '--json'])).stdout);
    expect(listed).toHaveLength(2);
    expect(listed[0]).toMatchObject({ id: 'pocket', kind: 'bundled', format: 'safetensors' });
    expect(listed[1]).toMatchObject({ id: 'tiny/pocket', commit: COMMIT, refs: ['main'], directory: snapshot() });
    expect((await models(['list'])).stdout).toMatch(/^tiny\/pocket +c0ffee0000 \(main\) +safetensors +7\.9 MiB/m);
  });

  it('tells how far it is, on standard error', async () => {
    hub.fail('/model.safetensors', { status: 503, headers: { 'retry-after': '2' } });
    const { code, stdout, stderr } = await models(['pull', 'tiny/pocket', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'tiny/pocket', kind: 'hub', commit: COMMIT, trial_only: false });
    expect(stderr).toMatch(/^tiny\/pocket: model\.safetensors, \d+\.\d of 7\.9 MiB, \d+\.\d MiB\/s$/m);
  });

  it('finds damage and mends it', async () => {
    await models(['pull', 'tiny/pocket', '--quiet']);
    const whole = await models(['verify', 'tiny/pocket']);
    expect(whole.code).toBe(0);
    expect(whole.stdout.match(/^intact /gm)).toHaveLength(5);

    const weights = join(snapshot(), 'model.safetensors');
    const bytes = await readFile(weights);
    await writeFile(weights, bytes.subarray(0, 1_000_000));
    const damaged = await models(['verify', 'tiny/pocket']);
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toMatch(
      /^damaged +[0-9a-f]{64} +model\.safetensors: its content is not what the hub gave$/m,
    );
    expect(damaged.stderr).toContain('evosift models pull tiny/pocket --verify');
    expect((await models(['pull', 'tiny/pocket', '--verify', '--quiet'])).code).toBe(0);
    expect((await readFile(weights)).equals(bytes)).toBe(true);
  });

  it('verifies a local directory in itself', async () => {
    const bytes = await readFile(join(POCKET, 'model.safetensors'));
    const folder = join(cache, 'local');
    await cp(POCKET, folder, { recursive: true });
    expect((await models(['verify', folder])).stdout.match(/^sound /gm)).toHaveLength(5);
    await writeFile(join(folder, 'model.safetensors'), bytes.subarray(0, 1_000_000));
    const truncated = await models(['verify', folder, '--json']);
    expect(truncated.code).toBe(1);
    const file = JSON.parse(truncated.stdout).files.find(({ name }: { name: string }) => name === 'model.safetensors');
    expect(file).toMatchObject({
      verdict: 'damaged',
      detail: `it has 1000000 bytes where its header says ${bytes.length}`,
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops on %s with exit code %i, and goes on where it was', async (signal, exitCode) => {
    hub.fail('/model.safetensors', { stallAfter: 3_000_000 });
    const stopped = await models(['pull', 'tiny/pocket'], (kill) => {
      const timer = setInterval(() => {
        if (!hub.requests.some(({ path }) => path.startsWith('/cdn/') && path.endsWith('/model.safetensors'))) return;
        clearInterval(timer);
        setTimeout(() => kill(signal), 500);
      }, 20);
    });
    expect(stopped).toMatchObject({
      code: exitCode,
      stdout: '',
      stderr: expect.stringContaining('goes on from there'),
    });
    const before = hub.requests.length;
    expect((await models(['pull', 'tiny/pocket'])).code).toBe(0);
    const ranges = hub.requests.slice(before).filter(({ range }) => range !== undefined);
    expect(ranges.length).toBeGreaterThan(0);
    expect((await models(['verify', 'tiny/pocket'])).code).toBe(0);
  });

  it('says that pocket is for trying out', async () => {
    const { code, stdout, stderr } = await models(['path', 'pocket']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${POCKET}\n` });
    expect(stderr).toContain('for trying out');
  });
});
