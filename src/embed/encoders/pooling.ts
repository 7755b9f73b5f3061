/** How the hidden states of a text's tokens become one vector, as sentence-transformers names it. */
export const POOLINGS = ['mean', 'cls', 'max', 'lasttoken'] as const;
export type Pooling = (typeof POOLINGS)[number];

type Reduce = (states: Float32Array, hidden: number) => Float32Array;

const REDUCE: Readonly<Record<Pooling, Reduce>> = {
  mean(states, hidden) {
    const sums = new Float64Array(hidden);
    for (let at = 0; at < states.length; at++) sums[at % hidden] = (sums[at % hidden] ?? 0) + (states[at] ?? 0);
    return Float32Array.from(sums, (sum) => (sum * hidden) / states.length);
  },
  cls: (states, hidden) => states.slice(0, hidden),
  max(states, hidden) {
    const most = states.slice(0, hidden);
    for (let at = hidden; at < states.length; at++)
      most[at % hidden] = Math.max(most[at % hidden] ?? 0, states[at] ?? 0);
    return most;
  },
  lasttoken: (states, hidden) => states.slice(-hidden),
};

/**
 * One vector of a text's tokens, special ones among them. The formulas are those of sentence-transformers (`Pooling`);
 * means are summed in f64.
 *
 * @param states [tokens, hidden], row major, f32; at least one token.
 */
export const pool = (states: Float32Array, hidden: number, pooling: Pooling): Float32Array =>
  REDUCE[pooling](states, hidden);

/** The shortest length that is divided by, as in torch.nn.functional.normalize. */
const SHORTEST = 1e-12;

/** The vector at length 1; zeros stay zeros. */
export function normalized(vector: Float32Array): Float32Array {
  const length = Math.max(SHORTEST, Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)));
  return vector.map((value) => value / length);
}
