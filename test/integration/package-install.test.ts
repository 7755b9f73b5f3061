import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.js';
import { emptyProject, packCheckout, projectWithPackage, ROOT, unpackInto } from './packed-package.js';

interface Golden {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
  readonly loss_q: number;
  readonly loss_a_given_q: number;
  readonly loss_a: number;
}

/** Runs a project's own evosift, with nothing of the caller's addon or cache in reach. */
function evosift(project: string, ...args: string[]) {
  const { EVOSIFT_ADDON: _, ...env } = process.env;
  return spawnSync(process.execPath, [join(project, 'node_modules/evosift/bin/evosift.js'), ...args], {
    cwd: project,
    encoding: 'utf8',
    env: { ...env, XDG_CACHE_HOME: join(project, 'cache') },
  });
}

/** Scores the first three published rows there, and holds them against what the published script computed. */
function scoreThreeRows(project: string): void {
  const goldens = readFileSync(fixture('goldens/pocket/evolution-analysis.gsm8k-100.jsonl'), 'utf8')
    .split('\n')
    .slice(0, 3)
    .map((line) => JSON.parse(line) as Golden);
  const rows = goldens.map(({ instruction, input, output }) => JSON.stringify({ instruction, input, output }));
  writeFileSync(join(project, 'rows.jsonl'), `${rows.join('\n')}\n`);
  const run = evosift(project, 'score', 'rows.jsonl', '-m', 'pocket', '--dtype', 'f32', '-o', 'run');
  expect(run.status, run.stderr).toBe(0);
  const lines = readFileSync(join(project, 'run/scores.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  for (const [i, line] of lines.entries()) {
    const scored = JSON.parse(line) as Golden & { status: string };
    expect(scored.status).toBe('scored');
    for (const loss of ['loss_q', 'loss_a_given_q', 'loss_a'] as const)
      expect(Math.abs(scored[loss] - goldens[i]![loss])).toBeLessThan(2e-4);
  }
}

describe('installed as a dependency', () => {
  describe('from the tarball, the addon built there', () => {
    let project: string;
    beforeAll(() => {
      project = emptyProject();
      execFileSync('npm', ['install', packCheckout(project)], { cwd: project, stdio: 'pipe' });
    });
    afterAll(() => rmSync(project, { recursive: true }));

    it('brings nothing that only one feature needs, and says how to add it', () => {
      for (const name of ['onnxruntime-node', 'node-llama-cpp'])
        expect(existsSync(join(project, 'node_modules', name))).toBe(false);
      const command = 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@^1.30.0';
      const { stdout } = evosift(project, 'doctor');
      expect(stdout).toMatch(
        /^absent +onnx engine +onnxruntime-node, .* is not installed\. Elsewhere \(Fedora, macOS, Alpine/m,
      );
      expect(stdout).toContain(command);
      const onnx = evosift(project, 'nll', '--engine', 'onnx', '-m', fixture('goldens/onnx/llama-past'), '--ids', '-');
      expect(onnx.stderr).toBe(
        `The ONNX engine needs the optional package onnxruntime-node, which is not installed\ninstall it with: ${command}\n`,
      );
      expect(onnx.status).toBe(1);
    });

    it('brings the sources of the addon, and none of its tests', () => {
      const sources = readdirSync(join(project, 'node_modules/evosift/native'));
      expect(sources).toContain('kernels');
      for (const folder of ['test', 'fuzz', 'host_twin']) expect(sources).not.toContain(folder);
    });

    it('says that the addon is missing, and the command that builds it', () => {
      const { status, stdout } = evosift(project, 'doctor', '--json');
      const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; mend: string | null }[] };
      expect(status).toBe(1);
      expect(checks.filter((check) => check.status === 'missing')).toEqual([
        expect.objectContaining({ name: 'native engine', mend: 'npx evosift doctor --build' }),
      ]);
      const { stderr, status: scored } = evosift(project, 'score', 'package.json', '-m', 'pocket');
      expect(scored).toBe(1);
      expect(stderr).toContain('Mend it with: npx evosift doctor --build');
    });

    it('builds the addon with that command, and scores', { timeout: 600_000 }, () => {
      const built = evosift(project, 'doctor', '--build');
      expect(built.status, built.stderr).toBe(0);
      expect(built.stdout).toMatch(
        /^ok\s+native engine\s+\S+node_modules\/evosift\/build\/Release\/evosift\.node \(build\), oneDNN \d/m,
      );
      scoreThreeRows(project);
    });

    it('measures kernels by the program that was built beside the addon', () => {
      const { status, stdout, stderr } = evosift(project, 'bench', 'kernels', '--op', 'rope', '--json', '--quiet');
      expect(status, stderr).toBe(0);
      const { kernels } = JSON.parse(stdout) as { kernels: { op: string }[] };
      expect(new Set(kernels.map(({ op }) => op))).toEqual(new Set(['rope']));
    });
  });

  describe('with the prebuilt package', () => {
    let project: string;
    beforeAll(() => {
      project = projectWithPackage();
      const out = join(project, 'tarballs');
      execFileSync(process.execPath, [join(ROOT, 'scripts/prebuild.mjs'), '--out', out], { stdio: 'pipe' });
      rmSync(join(project, 'node_modules/evosift'), { recursive: true });
      mkdirSync(join(project, 'node_modules/@evosift'));
      const tarball = (name: RegExp): string =>
        join(
          out,
          readdirSync(out).find((file) => name.test(file))!,
        );
      unpackInto(project, 'evosift', tarball(/^evosift-\d/));
      unpackInto(project, '@evosift/linux-x64', tarball(/^evosift-linux-x64-/));
    });
    afterAll(() => rmSync(project, { recursive: true }));

    it('names it as an optional dependency of its own version', () => {
      const manifest = (name: string) =>
        JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8')) as {
          version: string;
          optionalDependencies?: Record<string, string>;
        };
      const { version } = manifest('@evosift/linux-x64');
      expect(manifest('evosift')).toMatchObject({ version, optionalDependencies: { '@evosift/linux-x64': version } });
    });

    it('carries its libraries with their licences, and finds them beside the addon', () => {
      const folder = join(project, 'node_modules/@evosift/linux-x64');
      const files = readdirSync(folder);
      const libraries = execFileSync('ldd', [join(folder, 'evosift.node')], { encoding: 'utf8' })
        .split('\n')
        .flatMap((line) => /^\s*(lib(?:dnnl|gomp|OpenCL)\.so\S*) => (\S+)/.exec(line)?.slice(1, 3) ?? []);
      for (const name of ['libdnnl.so.2', 'libgomp.so.1']) {
        if (!existsSync(`/usr/lib/x86_64-linux-gnu/${name}`)) continue;
        expect(files).toContain(name);
        expect(libraries[libraries.indexOf(name) + 1]).toBe(join(folder, name));
      }
      const licences = readdirSync(join(folder, 'licenses'));
      expect(licences).toEqual(expect.arrayContaining(['evosift.txt', 'libgomp1.txt', 'GPL-3.txt', 'Apache-2.0.txt']));
      expect(licences.some((name) => name.startsWith('libdnnl'))).toBe(true);
    });

    it('scores without a build', () => {
      const { stdout } = evosift(project, 'doctor');
      expect(stdout).toMatch(/^ok\s+native engine\s+\S+@evosift\/linux-x64\/evosift\.node \(prebuilt\)/m);
      scoreThreeRows(project);
    });

    it('measures no kernels, and says the command that builds what does', () => {
      const { status, stderr } = evosift(project, 'bench', 'kernels', '--quiet');
      expect(stderr).toMatch(
        /^The program that measures kernels is not built: there is no \S+@evosift\/linux-x64\/kernel-bench\.\nMend it with: npx evosift doctor --build\n$/,
      );
      expect(status).toBe(1);
    });
  });
});
