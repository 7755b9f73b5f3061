import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build, type BuildOptions } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectWithPackage, ROOT } from './packed-package.js';

/** CommonJS in an ESM bundle asks for a require. */
const REQUIRE = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;

describe('a service bundled with esbuild', () => {
  let project: string;
  beforeAll(() => {
    project = projectWithPackage();
    // The package was packed without an addon; this is where `evosift doctor --build` would put it.
    mkdirSync(join(project, 'node_modules/evosift/build'), { recursive: true });
    symlinkSync(join(ROOT, 'build/Release'), join(project, 'node_modules/evosift/build/Release'));
    copyFileSync(join(ROOT, 'examples/service.mjs'), join(project, 'service.mjs'));
    writeFileSync(
      join(project, 'script.mjs'),
      `import { loadScorer } from 'evosift';
       loadScorer({ model: 'pocket' }).then(() => console.log('loaded'), (error) => console.log(error.code, error.message));`,
    );
  });
  afterAll(() => rmSync(project, { recursive: true }));

  const bundle = (entry: string, options: BuildOptions): Promise<unknown> =>
    build({
      absWorkingDir: project,
      entryPoints: [entry],
      outdir: 'out',
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      ...options,
    });

  it('works where evosift is external', async () => {
    await bundle('service.mjs', {
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      external: ['evosift'],
      banner: { js: REQUIRE },
    });
    const service = spawn(process.execPath, ['out/service.mjs'], {
      cwd: project,
      env: { ...process.env, PORT: '0', HOST: '127.0.0.1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(service, 'exit');
    try {
      let url = '';
      for await (const line of createInterface(service.stdout)) {
        url = line.replace('listening on ', '');
        break;
      }
      const response = await fetch(`${url}/score`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rows: [{ instruction: 'Name three colours.', output: 'Red, green and blue.' }] }),
      });
      expect(await response.json()).toMatchObject({ index: 0, status: 'scored', reason: null });
    } finally {
      service.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
  });

  it.each(['esm', 'cjs'] as const)('bundled in (%s) is one clear error', async (format) => {
    const extension = format === 'esm' ? '.mjs' : '.cjs';
    // What a user would do to get so far: leave the dependencies' binaries out.
    await bundle('script.mjs', {
      format,
      outExtension: { '.js': extension },
      external: ['*.node', '@duckdb/node-bindings*'],
      banner: format === 'esm' ? { js: REQUIRE } : {},
    });
    const { stdout, stderr } = spawnSync(process.execPath, [`out/script${extension}`], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^unsupported_platform evosift was bundled into .+\nKeep it external to the bundler \(esbuild: --external:evosift\)/,
    );
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });
});
