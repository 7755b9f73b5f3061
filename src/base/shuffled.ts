import { hash } from 'node:crypto';

/** Items in an order by chance, which depends on `seed` and the items alone: not on theirs, nor on what was drawn before. */
export function shuffled<Item>(items: readonly Item[], seed: unknown, textOf: (item: Item) => string): Item[] {
  const keyed = items.map((item) => ({ item, key: hash('sha256', JSON.stringify([seed, textOf(item)])) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}
