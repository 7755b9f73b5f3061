import { readdirSync, readFileSync } from 'node:fs';

export interface Descendant {
  readonly pid: number;
  readonly name: string;
  /** Its process group, to which a terminal's signals go. */
  readonly group: number;
}

/** The processes below this one, by Linux's /proc. */
export function descendants(): Descendant[] {
  const children = new Map<number, Descendant[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const found = /^(\d+) \((.*)\) \S+ (\d+) (\d+) /s.exec(statOf(entry));
    if (found === null) continue;
    const [, pid, name = '', parent, group] = found;
    const siblings = children.get(Number(parent)) ?? [];
    children.set(Number(parent), [...siblings, { pid: Number(pid), name, group: Number(group) }]);
  }
  const below = (pid: number): Descendant[] =>
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
