import { join } from 'node:path';

/** Whether a path has characters that a glob gives a meaning to. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/**
 * Files that a pattern matches, in name order: `*` and `?` within a name, `**` over any folders, `[a-c]`, `[!x]`,
 * `{a,b}`; every other character stands for itself. Hidden names are matched only by a pattern that begins with a dot.
 */
export async function glob(pattern: string): Promise<string[]> {
  const tinyglobby = await import('tinyglobby');
  const segments = pattern.split('/');
  const first = segments.findIndex(isGlob);
  const folder = segments.slice(0, first).join('/') || (first === 0 ? '.' : '/');
  // From the folder that is given as it is: of what lies above the working directory tinyglobby does not find all.
  const found = await tinyglobby.glob(escape(segments.slice(first).join('/')), {
    cwd: folder,
    expandDirectories: false,
  });
  return found.map((path) => join(folder, path)).sort();
}

/** Those of some names, which need not be files of this machine, that a pattern matches as `glob` has it; sorted. */
export async function globNames(pattern: string, names: readonly string[]): Promise<string[]> {
  const { default: picomatch } = await import('picomatch');
  const matches = picomatch(escape(pattern));
  return names.filter((name) => matches(name)).sort();
}

/** Takes their meaning from characters that tinyglobby's patterns have beyond ours. */
const escape = (pattern: string): string =>
  pattern.replace(/\[[^\]]+\]|[\\()!+@|"]/g, (token) => (token.startsWith('[') ? token : `\\${token}`));
