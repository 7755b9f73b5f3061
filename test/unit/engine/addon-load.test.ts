import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { diagnose } from '../../../src/engine/native/doctor.js';
import { cacheBuildFolder, findAddons } from '../../../src/engine/native/find-addons.js';
import { loadAddon } from '../../../src/engine/native/load-addon.js';
import { unsupportedPlatform } from '../../../src/machine/platform.js';

let folder: string;

/** A real shared library made of `source`, as the dynamic linker will meet it. */
function compile(name: string, source: string, ...flags: string[]): string {
  const file = join(folder, name);
  writeFileSync(`${file}.c`, source);
  execFileSync('gcc', ['-shared', '-fPIC', '-o', file, `${file}.c`, ...flags]);
  return file;
}

/** The error of loading the addon that EVOSIFT_ADDON names. */
function errorOf(path: string): unknown {
  vi.stubEnv('EVOSIFT_ADDON', path);
  try {
    loadAddon();
  } catch (error) {
    return error;
  }
  throw new Error(`${path} loaded`);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evosift-addon-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('an addon that does not load', () => {
  it('names a file that does not exist, and the variable that named it', () => {
    expect(errorOf('/nowhere/evosift.node')).toMatchObject({
      name: 'EvosiftError',
      code: 'addon_unavailable',
      message: 'EVOSIFT_ADDON (/nowhere/evosift.node) does not exist.\nMend it with: unset EVOSIFT_ADDON',
    });
  });

  it('names the package of a shared library that is not installed', () => {
    compile('libdnnl.so.99', 'int dnnl_version(void) { return 99; }', '-Wl,-soname,libdnnl.so.99');
    const source = 'int dnnl_version(void); int evosift(void) { return dnnl_version(); }';
    const addon = compile('linked.node', source, join(folder, 'libdnnl.so.99'));
    rmSync(join(folder, 'libdnnl.so.99'));
    expect(errorOf(addon)).toMatchObject({
      code: 'addon_unavailable',
      message: expect.stringMatching(
        /linked\.node\) does not load: it needs libdnnl\.so\.99, which is not installed\.\nMend it with: (sudo )?apt-get install -y libdnnl-dev$/,
      ),
    });
  });

  it('says that a file is no addon for this platform', () => {
    const addon = join(folder, 'text.so');
    writeFileSync(addon, 'x'.repeat(4096));
    expect(errorOf(addon)).toMatchObject({
      message: expect.stringMatching(
        /no linux-x64 addon \(invalid ELF header\)\.\nMend it with: npx evosift doctor --build$/,
      ),
    });
  });

  it('says that an addon of another version lacks functions', () => {
    const other = createRequire(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')).resolve(
      './bin/napi-v6/linux/x64/onnxruntime_binding.node',
    );
    expect(errorOf(other)).toMatchObject({ message: expect.stringMatching(/of another version \(it has no load, /) });
  });

  it('is diagnosed by doctor even where it crashes the process that loads it', async () => {
    const addon = compile('crash.node', '#include <stdlib.h>\n__attribute__((constructor)) void f(void) { abort(); }');
    vi.stubEnv('EVOSIFT_ADDON', addon);
    const { checks, healthy } = await diagnose();
    expect(healthy).toBe(false);
    expect(checks.find(({ name }) => name === 'native engine')).toEqual({
      name: 'native engine',
      status: 'missing',
      detail: `${addon} crashes when it is loaded (SIGABRT)`,
      mend: 'npx evosift doctor --build',
    });
  });
});

describe('where the addon is looked for', () => {
  it('is the named file alone where EVOSIFT_ADDON is set', () => {
    vi.stubEnv('EVOSIFT_ADDON', '/opt/evosift.node');
    expect(findAddons()).toEqual([{ source: 'EVOSIFT_ADDON', path: '/opt/evosift.node' }]);
  });

  it('keeps builds of different versions apart in the cache', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/var/cache/me');
    const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };
    expect(cacheBuildFolder()).toBe(`/var/cache/me/evosift/addon-${version}`);
  });
});

describe('an unsupported platform', () => {
  it('is one sentence that names it and what remains', () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    expect(unsupportedPlatform()).toBe(
      `The native engine runs on linux-x64 with glibc, and this is darwin-${process.arch}; the ONNX engine (\`engine: onnx\`) works here.`,
    );
    expect(() => loadAddon()).toThrow(expect.objectContaining({ code: 'unsupported_platform' }));
  });
});
