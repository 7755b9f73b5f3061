import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ELSEWHERE } from '../../../src/machine/platform.js';
import { installCommand } from '../../../src/base/optional-package.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const readJson = <Value>(path: string): Value => JSON.parse(readFileSync(resolve(ROOT, path), 'utf8')) as Value;

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
}

describe.each(['package-lock.json', 'test/support/nodes/package-lock.json'])('%s', (lock) => {
  const { '': _root, ...packages } = readJson<{ packages: Record<string, Locked> }>(lock).packages;

  it('has a hash for every package, those of other platforms too, and no address', () => {
    expect(Object.keys(packages).length).toBeGreaterThan(3);
    for (const [name, { integrity, resolved }] of Object.entries(packages)) {
      expect(integrity, name).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      expect(resolved, name).toBeUndefined();
    }
  });
});

it('README says how to go on elsewhere, in the words of doctor', () => {
  expect(readFileSync(resolve(ROOT, 'README.md'), 'utf8').replaceAll('`', '')).toContain(ELSEWHERE);
});

describe('the optional packages', () => {
  const manifest = readJson<{
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
  }>('package.json');

  it.each(['node-llama-cpp', 'onnxruntime-node'] as const)('%s: is installed as its peer range says', (name) => {
    expect(installCommand(name)).toMatch(
      new RegExp(`npm install ${name}@${manifest.peerDependencies[name]!.replace('^', '\\^')}$`),
    );
    expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true });
    expect(manifest.dependencies).not.toHaveProperty(name);
  });
});
