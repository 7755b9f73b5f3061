/** Groups by name, in the order in which they came. */
export class Groups<Group> {
  readonly #groups = new Map<string, Group>();

  constructor(private readonly make: () => Group) {}

  of(name: string): Group {
    const group = this.#groups.get(name) ?? this.make();
    this.#groups.set(name, group);
    return group;
  }

  map<Value>(convert: (group: Group) => Value): Readonly<Record<string, Value>> {
    return Object.fromEntries([...this.#groups].map(([name, group]) => [name, convert(group)]));
  }
}
