import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectWithPackage, ROOT } from './packed-package.js';

describe('the types of the packed package', () => {
  let project: string;
  beforeAll(() => {
    project = projectWithPackage();
    cpSync(join(ROOT, 'test/types'), project, { recursive: true });
  });
  afterAll(() => rmSync(project, { recursive: true }));

  // Without skipLibCheck: the declarations themselves must be sound in a project that is not ours.
  it.each(['node16', 'bundler'])(
    'hold in a strict project with moduleResolution %s',
    { timeout: 180_000 },
    (resolution) => {
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', `tsconfig.${resolution}.json`], {
        cwd: project,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );
});
