import { basename, dirname, join } from 'node:path';
import { Groups } from '../../base/groups.js';
import type { SeedRow } from '../../ask/seeds.js';
import { lineageOf } from '../../rank/lineage.js';
import { DATASET_FILE, SFT_FILE } from '../../runs/run-data.js';

/** What rows are grouped by in a summary. */
export const GROUPINGS = ['datasets', 'rounds', 'operations', 'generators'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Where a row comes from: its file, and what an evolution says of it; null where nothing is said. */
export type Origin = Readonly<Record<Grouping, string | null>>;

export function originOf({ path, record }: SeedRow, names: ReadonlyMap<string, string>): Origin {
  const { round, op, generator } = lineageOf(record);
  return {
    datasets: names.get(path) ?? path,
    rounds: round === null ? null : String(round),
    operations: op,
    generators: generator,
  };
}

const isOfRun = (path: string): boolean => [DATASET_FILE, SFT_FILE].includes(basename(path));

/** What files are called: by their names, those that runs made by the run's; by more of the path where others are called so. */
export function fileNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const spellings = [
    (path: string) => basename(isOfRun(path) ? dirname(path) : path),
    (path: string) => join(basename(dirname(path)), basename(path)),
  ];
  const unique = (spell: (path: string) => string): boolean => new Set(paths.map(spell)).size === new Set(paths).size;
  const spell = spellings.find(unique) ?? ((path: string) => path);
  return new Map(paths.map((path) => [path, spell(path)]));
}

/** What is counted, in all and by origin. */
export class ByOrigin<Tally extends object, Values extends object> {
  readonly #total: Tally;
  readonly #groups: Readonly<Record<Grouping, Groups<Tally>>>;

  constructor(
    make: () => Tally,
    private readonly valuesOf: (tally: Tally) => Values,
  ) {
    this.#total = make();
    this.#groups = {
      datasets: new Groups(make),
      rounds: new Groups(make),
      operations: new Groups(make),
      generators: new Groups(make),
    };
  }

  /** Has the totals that a row belongs to count it. */
  add(origin: Origin, count: (tally: Tally) => void): void {
    count(this.#total);
    for (const grouping of GROUPINGS) {
      const name = origin[grouping];
      if (name !== null) count(this.#groups[grouping].of(name));
    }
  }

  /** Groupings that no row knows of are left out. */
  get values(): Values & Partial<Readonly<Record<Grouping, Readonly<Record<string, Values>>>>> {
    const groups = GROUPINGS.map((grouping) => [grouping, this.#groups[grouping].map(this.valuesOf)] as const);
    return {
      ...this.valuesOf(this.#total),
      ...Object.fromEntries(groups.filter(([, values]) => Object.keys(values).length > 0)),
    };
  }
}
