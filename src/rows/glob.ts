import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a path has characters that a glob gives a meaning to. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/**
 * Files that a pattern matches, in name order: `*` and `?` within a name, `**` over any folders, `[a-c]`, `[!x]`,
 * `{a,b}`. Hidden names are matched only by a pattern that begins with a dot.
 */
export async function glob(pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const single of expandBraces(pattern)) {
    const root = single.startsWith('/') ? '/' : '';
    await walk(root, single.split('/').filter(Boolean), found);
  }
  return [...found].sort();
}

async function walk(folder: string, segments: readonly string[], found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  if (segment === '**') {
    await walk(folder, rest, found);
    for (const name of await names(folder)) {
      if (!name.startsWith('.') && (await isDirectory(join(folder, name)))) {
        await walk(join(folder, name), segments, found);
      }
    }
    return;
  }
  const candidates = isGlob(segment) ? (await names(folder)).filter(matcher(segment)) : [segment];
  for (const name of candidates) {
    const path = join(folder, name);
    if (rest.length > 0) await walk(path, rest, found);
    else if (await isFile(path)) found.add(path);
  }
}

function matcher(segment: string): (name: string) => boolean {
  const source = segment.replace(/\[(!?)([^\]]+)\]|[*?]|[\\^$.|+()[\]{}]/g, (token, not?: string, set?: string) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
    return `\\${token}`;
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(name) && (!name.startsWith('.') || segment.startsWith('.'));
}

/** `a{b,c}d` becomes `abd` and `acd`; braces may be nested. */
function expandBraces(pattern: string): string[] {
  const innermost = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (innermost === null) return [pattern];
  const before = pattern.slice(0, innermost.index);
  const after = pattern.slice(innermost.index + innermost[0].length);
  return (innermost[1] ?? '').split(',').flatMap((choice) => expandBraces(before + choice + after));
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder === '' ? '.' : folder).catch(() => []);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => !info.isDirectory(),
    () => false,
  );
}
