import { EvosiftError } from '../../base/errors.js';
import type { DistanceMetric } from '../../neighbors/index.js';

/** How `diverse` chooses. */
export const DIVERSE_METHODS = ['farthest', 'facility'] as const;
export type DiverseMethod = (typeof DIVERSE_METHODS)[number];

/** What is selected by the distances between rows, and where their vectors come from. */
export interface DiversityPlan {
  readonly vectors:
    { readonly embeddings: string } | { readonly encoder: string; readonly encoderFile?: string | undefined };
  readonly metric: DistanceMetric;
  /** Rows within this distance of a better one are left out; null where duplicates may stay. */
  readonly nearDuplicates: number | null;
  /** Of each of `count` clusters the `most` best ones; null where there is no quota. */
  readonly clusters: { readonly count: number; readonly most: number; readonly seed: number } | null;
  /** Among the best `pool` times as many rows as are wanted; null where the best ones are selected. */
  readonly diverse: { readonly method: DiverseMethod; readonly pool: number } | null;
}

/** What `rank`'s options say of it. */
export interface DiversityOptions {
  readonly diverse?: DiverseMethod;
  readonly pool?: number;
  readonly nearDuplicates?: number;
  readonly clusters?: number;
  readonly perCluster?: number;
  readonly clusterSeed?: number;
  readonly metric?: DistanceMetric;
  readonly encoder?: string;
  readonly encoderFile?: string;
  readonly embeddings?: string;
}

const WHAT = ['diverse', 'nearDuplicates', 'clusters'] as const;
const HOW = ['encoder', 'embeddings', 'metric', 'pool', 'perCluster', 'clusterSeed', 'encoderFile'] as const;

/** Which other option an option is about. */
const OF = { pool: 'diverse', perCluster: 'clusters', clusterSeed: 'clusters', encoderFile: 'encoder' } as const;

/** The selection by distances that options ask for, or null. @throws EvosiftError `bad_argument`, naming the option. */
export function planDiversity(
  options: DiversityOptions & { readonly top?: unknown; readonly per?: unknown },
): DiversityPlan | null {
  const { encoder, embeddings, encoderFile, diverse, nearDuplicates, clusters, perCluster } = options;
  for (const [name, of] of Object.entries(OF) as [keyof typeof OF, (typeof OF)[keyof typeof OF]][]) {
    if (options[name] !== undefined && options[of] === undefined) throw bad(name, `\`${name}\` belongs to \`${of}\``);
  }
  const asked = WHAT.find((name) => options[name] !== undefined);
  if (asked === undefined) {
    const idle = HOW.find((name) => options[name] !== undefined);
    if (idle === undefined) return null;
    throw bad(idle, `\`${idle}\` is about distances: name what they are for, one of ${quoted(WHAT)}`);
  }
  if (encoder !== undefined && embeddings !== undefined) {
    throw bad('embeddings', '`encoder` and `embeddings` are both given; name one of them');
  }
  if (diverse !== undefined && options.top === undefined) {
    throw bad('diverse', '`diverse` chooses some of the best rows, so `top` must say how many');
  }
  if (diverse !== undefined && options.per !== undefined) {
    throw bad('diverse', '`diverse` and `per` are both given; choose within groups one by one, by `where`');
  }
  if (clusters !== undefined && perCluster === undefined) {
    throw bad('clusters', '`clusters` needs `perCluster`: how many rows each may give');
  }
  return {
    vectors: source(asked, encoder, embeddings, encoderFile),
    metric: options.metric ?? 'squared_l2',
    nearDuplicates: nearDuplicates ?? null,
    clusters:
      clusters === undefined || perCluster === undefined
        ? null
        : { count: clusters, most: perCluster, seed: options.clusterSeed ?? 0 },
    diverse: diverse === undefined ? null : { method: diverse, pool: options.pool ?? 3 },
  };
}

function source(
  asked: string,
  encoder: string | undefined,
  embeddings: string | undefined,
  encoderFile: string | undefined,
): DiversityPlan['vectors'] {
  if (encoder !== undefined) return { encoder, encoderFile };
  if (embeddings !== undefined) return { embeddings };
  throw bad(asked, `\`${asked}\` needs vectors of the rows: name an \`encoder\` or a file of \`embeddings\``);
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `rank: ${message}`, { option: name });
