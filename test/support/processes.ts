import { readdirSync, readFileSync } from 'node:fs';

/** The processes below this one, by Linux's /proc: their pids and names. */
export function descendants(): { readonly pid: number; readonly name: string }[] {
  const children = new Map<number, { pid: number; name: string }[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const found = /^(\d+) \((.*)\) \S+ (\d+) /s.exec(statOf(entry));
    if (found === null) continue;
    const [, pid, name = '', parent] = found;
    const siblings = children.get(Number(parent)) ?? [];
    children.set(Number(parent), [...siblings, { pid: Number(pid), name }]);
  }
  const below = (pid: number): { pid: number; name: string }[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(process.pid);
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** Is there still a process of this pid? */
export const isAlive = (pid: number): boolean => statOf(String(pid)) !== '' && !/\) Z /.test(statOf(String(pid)));
