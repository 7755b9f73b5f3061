import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.js';

const BIN = resolve(import.meta.dirname, '../../bin/evosift.js');
const folder = mkdtempSync(join(tmpdir(), 'evosift-offline-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A sandbox that has everything of this machine but a network: not even a loopback device that is up. */
const SANDBOX = ['--dev-bind', '/', '/', '--unshare-net', '--die-with-parent'];

it('scores and ranks without a network', { timeout: 120_000 }, () => {
  const evosift = (...args: string[]) =>
    execFileSync('bwrap', [...SANDBOX, process.execPath, BIN, ...args, '--quiet'], { encoding: 'utf8' });
  const run = join(folder, 'run');
  evosift('score', fixture('rows/gsm8k-test.jsonl'), '-m', 'pocket', '--limit', '20', '-o', run);
  expect(readFileSync(join(run, 'scores.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(20);
  expect(JSON.parse(evosift('rank', run, '--top', '3', '--json'))).toMatchObject({ scored: 20, kept: 3 });
});

it('has no network in there', () => {
  const script = "require('node:net').connect(9, '127.0.0.1').on('error', ({ code }) => console.log(code))";
  const { stdout } = spawnSync('bwrap', [...SANDBOX, process.execPath, '-e', script], { encoding: 'utf8' });
  expect(stdout.trim()).toMatch(/^(ENETUNREACH|ECONNREFUSED)$/);
  const devices = spawnSync('bwrap', [...SANDBOX, 'cat', '/proc/net/dev'], { encoding: 'utf8' }).stdout;
  expect(devices.match(/^\s*\w+:/gm)?.map((name) => name.trim())).toEqual(['lo:']);
});
