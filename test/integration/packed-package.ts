import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** An empty project outside the checkout. */
export function emptyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evosift-project-'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "project", "private": true, "type": "module" }\n');
  return folder;
}

/** Packs the checkout as npm publishes it; the tarball's path. */
export function packCheckout(folder: string): string {
  const args = ['pack', ROOT, '--json', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const [packed] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' })) as { filename: string }[];
  return join(folder, packed!.filename);
}

/** Unpacks a package's tarball to where `npm install` would put it. */
export function unpackInto(project: string, name: string, tarball: string): void {
  const target = join(project, 'node_modules', name);
  mkdirSync(join(target, '..'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', project]);
  renameSync(join(project, 'package'), target);
}

/** A project with evosift unpacked in it, its dependencies linked from the checkout: an installation without npm. */
export function projectWithPackage(): string {
  const project = emptyProject();
  unpackInto(project, 'evosift', packCheckout(project));
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  return project;
}
