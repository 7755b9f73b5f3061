import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stampOf } from '../../scripts/stamp.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const script = (name: string): string => join(ROOT, 'scripts', name);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evosift-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('set-up of a checkout that is up to date', () => {
  it('does nothing, and says so in one line', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script('setup.mjs')], { encoding: 'utf8' });
    expect(stderr).toMatch(/^setup: up to date \(\d+\.\d\d s\)\n$/);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});

describe('set-up of a checkout whose node_modules is a link', () => {
  it('refuses, and touches nothing of what it leads to', () => {
    const [checkout, packages] = [join(folder, 'checkout'), join(folder, 'packages')];
    mkdirSync(checkout);
    mkdirSync(packages);
    cpSync(join(ROOT, 'scripts'), join(checkout, 'scripts'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(checkout, 'package.json'));
    writeFileSync(join(packages, 'precious'), '');
    symlinkSync(packages, join(checkout, 'node_modules'));
    const { status, stderr } = spawnSync(process.execPath, [join(checkout, 'scripts/setup.mjs')], { encoding: 'utf8' });
    expect(stderr).toBe(
      `${join(checkout, 'node_modules')} is a link, and what it leads to would be emptied; ` +
        `remove the link (rm ${join(checkout, 'node_modules')})\nsetup: failed\n`,
    );
    expect(status).toBe(1);
    expect(readdirSync(packages)).toEqual(['precious']);
  });
});

describe('the stamp of a step', () => {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const stamp = (settings: string[] = []): ReturnType<typeof stampOf> =>
    stampOf(folder, join(folder, 'build', 'step.stamp'), { files: ['src', 'absent', 'one.txt'], settings });
  beforeEach(() => {
    write('src/a/b.ts', 'b');
    write('one.txt', '1');
    stamp().renew();
  });

  it('is current while nothing changes, and after files were only touched', () => {
    expect(stamp().isCurrent()).toBe(true);
    utimesSync(join(folder, 'src/a/b.ts'), 1, 1);
    expect(stamp().isCurrent()).toBe(true);
  });

  it.each<[string, () => void]>([
    ['changed with its size kept', () => write('src/a/b.ts', 'c')],
    ['added', () => write('src/a/c.ts', '')],
    ['removed', () => rmSync(join(folder, 'src/a/b.ts'))],
    ['renamed', () => (rmSync(join(folder, 'src/a/b.ts')), write('src/a/d.ts', 'b'))],
  ])('is not current where a file was %s', (_, change) => {
    change();
    expect(stamp().isCurrent()).toBe(false);
  });

  it('is not current for other settings, nor where it was never written or is torn', () => {
    expect(stamp(['CXX=clang++']).isCurrent()).toBe(false);
    writeFileSync(join(folder, 'build', 'step.stamp'), '{"qui');
    expect(stamp().isCurrent()).toBe(false);
  });
});

describe('the lock between two set-ups', () => {
  const HOLD = `
    const { withLock } = await import(${JSON.stringify(pathToFileURL(script('lock.mjs')).href)});
    const { appendFileSync } = await import('node:fs');
    const [name, lock, log, ms] = process.argv.slice(1);
    await withLock(lock, () => appendFileSync(log, name + ' waits\\n'), async () => {
      appendFileSync(log, name + ' in\\n');
      await new Promise((done) => setTimeout(done, Number(ms)));
      appendFileSync(log, name + ' out\\n');
    });`;
  const hold = (name: string, ms: number) =>
    spawn(process.execPath, [
      '--input-type=module',
      '-e',
      HOLD,
      name,
      join(folder, 'lock'),
      join(folder, 'log'),
      `${ms}`,
    ]);
  const ended = (child: ReturnType<typeof hold>): Promise<void> =>
    new Promise((done) => child.once('exit', () => done()));
  const log = (): string[] =>
    existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').trim().split('\n') : [];
  const until = async (line: string): Promise<void> => {
    while (!log().includes(line)) await new Promise((done) => setTimeout(done, 20));
  };

  it('lets the second in when the first is done, and tells it that it waits', async () => {
    const first = hold('first', 1500);
    await until('first in');
    const second = hold('second', 0);
    await Promise.all([ended(first), ended(second)]);
    expect(log()).toEqual(['first in', 'second waits', 'first out', 'second in', 'second out']);
  });

  it('is free again when its holder was killed', async () => {
    const first = hold('first', 60_000);
    await until('first in');
    first.kill('SIGKILL');
    await ended(first);
    await ended(hold('second', 0));
    expect(log()).toEqual(['first in', 'second in', 'second out']);
  });
});

describe('the tools of the build', () => {
  /** Runs build-addon.mjs on a PATH of nothing but the named programs. */
  const build = (programs: string[], ...args: string[]) => {
    for (const program of programs) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
      symlinkSync(stdout.trim(), join(folder, program));
    }
    const env = { ...process.env, PATH: folder };
    return spawnSync(process.execPath, [script('build-addon.mjs'), '--out', join(folder, 'out'), ...args], {
      encoding: 'utf8',
      env,
    });
  };
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';

  it('are named with the exact command where they may not be installed', () => {
    const { status, stderr } = build([]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'To build the native addon this machine lacks a C++17 compiler, CMake, make, oneDNN headers (dnnl.hpp), nlohmann JSON headers.\n' +
        `Install it with: ${sudo}apt-get install -y g++ cmake make libdnnl-dev nlohmann-json3-dev\n`,
    );
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('are checked one by one', () => {
    const { stdout } = build(['make', 'cmake'], '--check');
    expect((JSON.parse(stdout) as { what: string }[]).map(({ what }) => what)).toEqual([
      'a C++17 compiler',
      'oneDNN headers (dnnl.hpp)',
      'nlohmann JSON headers',
    ]);
  });

  it('are found complete on this machine', () => {
    expect(spawnSync(process.execPath, [script('build-addon.mjs'), '--check'], { encoding: 'utf8' }).stdout).toBe(
      '[]\n',
    );
  });
});
