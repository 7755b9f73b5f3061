// Assembles what is published: the prebuilt addon's package, and evosift with that package as an optional dependency.
// The checkout's own package.json does not name it, since `npm ci` would look for it before it exists.
//
// usage: prebuild.mjs [--out FOLDER]     writes two .tgz files there (default: build/packages)
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Failure } from './failure.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PLATFORM = 'linux-x64';

/** Libraries that every system that can run Node has; the others travel with the addon. */
const EVERYWHERE = /^(linux-vdso|ld-linux|libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s)[.-]/;

const output = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', cwd: ROOT });
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** The shared libraries that a binary needs, directly or not: name and path, as the dynamic linker finds them here. */
function librariesOf(binary) {
  const lines = output('ldd', binary).split('\n');
  if (lines.some((line) => line.includes('not found')))
    throw new Failure(`${binary} does not load:\n${lines.join('\n')}`);
  return lines.flatMap((line) => {
    const [, name, path] = /^\s*(\S+) => (\/\S+)/.exec(line) ?? [];
    return name === undefined || EVERYWHERE.test(name) ? [] : [{ name, path }];
  });
}

/** Copies the licence of the Debian package that a library comes from, and the texts that it refers to. */
function copyLicences(library, folder) {
  const [owner] = output('dpkg', '-S', realpathSync(library)).split(':');
  const copyright = `/usr/share/doc/${owner}/copyright`;
  copyFileSync(copyright, join(folder, `${owner}.txt`));
  const texts = readFileSync(copyright, 'utf8').match(/\/usr\/share\/common-licenses\/[\w.-]*\w/g) ?? [];
  for (const text of new Set(texts)) if (existsSync(text)) copyFileSync(text, join(folder, `${basename(text)}.txt`));
}

function assembleAddon(stage) {
  const addon = join(ROOT, 'build', 'Release', 'evosift.node');
  if (!existsSync(addon)) throw new Failure(`There is no ${addon}.\nBuild it with: npm run setup`);
  cpSync(join(ROOT, 'packages', PLATFORM), stage, { recursive: true });
  mkdirSync(join(stage, 'licenses'));
  copyFileSync(join(ROOT, 'LICENSE'), join(stage, 'licenses', 'evosift.txt'));
  const libraries = librariesOf(addon);
  for (const { name, path } of libraries) {
    copyFileSync(path, join(stage, name));
    copyLicences(path, join(stage, 'licenses'));
  }
  copyFileSync(addon, join(stage, 'evosift.node'));
  execFileSync('strip', ['--strip-debug', join(stage, 'evosift.node')]);
  const elsewhere = librariesOf(join(stage, 'evosift.node')).filter(({ path }) => dirname(path) !== stage);
  if (elsewhere.length > 0)
    throw new Failure(
      `These are not found beside the addon (is its RPATH $ORIGIN?): ${elsewhere.map(({ name }) => name).join(', ')}`,
    );
}

/** `npm pack`; the path of the file that it wrote. */
function pack(folder, out) {
  const [{ filename }] = JSON.parse(output('npm', 'pack', folder, '--json', '--silent', '--pack-destination', out));
  return join(out, filename);
}

function assemble(out) {
  rmSync(out, { recursive: true, force: true });
  const stage = join(out, 'stage');
  mkdirSync(stage, { recursive: true });
  const { version } = readJson(join(ROOT, 'package.json'));
  const prebuilt = readJson(join(ROOT, 'packages', PLATFORM, 'package.json'));
  if (prebuilt.version !== version) throw new Failure(`packages/${PLATFORM}/package.json is not of version ${version}`);

  assembleAddon(join(stage, PLATFORM));
  const main = pack(ROOT, stage);
  execFileSync('tar', ['-xzf', main, '-C', stage]);
  const manifest = join(stage, 'package', 'package.json');
  writeJson(manifest, { ...readJson(manifest), optionalDependencies: { [prebuilt.name]: version } });
  return [pack(join(stage, PLATFORM), out), pack(join(stage, 'package'), out)];
}

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'build', 'packages') } } });
try {
  for (const file of assemble(resolve(values.out))) process.stdout.write(`${file}\n`);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
