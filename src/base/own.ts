/** A table's entry of a name that may be anything, `constructor` too; undefined where it has none. */
export const own = <Entry>(table: Readonly<Record<string, Entry>>, name: string): Entry | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
