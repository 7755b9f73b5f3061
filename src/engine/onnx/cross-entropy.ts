/** Losses per target, in nats; `top1` is the probability of the most likely token. */
export interface TargetLosses {
  readonly nll: Float32Array;
  readonly top1: Float32Array | null;
  readonly entropy: Float32Array | null;
}

/**
 * Cross-entropy of `logits` ([targets, vocab], row major) at `targets` (ids in [0, vocab)), accumulated in f64.
 *
 * With lse = log sum exp(logits): nll = lse - logits[target], top1 = exp(max - lse),
 * entropy = lse - sum(softmax * logits).
 */
export function crossEntropy(logits: Float32Array, vocab: number, targets: Int32Array, stats: boolean): TargetLosses {
  const nll = new Float32Array(targets.length);
  const top1 = stats ? new Float32Array(targets.length) : null;
  const entropy = stats ? new Float32Array(targets.length) : null;
  for (let i = 0; i < targets.length; i++) {
    const row = logits.subarray(i * vocab, (i + 1) * vocab);
    let max = -Infinity;
    for (const logit of row) if (logit > max) max = logit;
    let sum = 0;
    let weighted = 0;
    for (const logit of row) {
      const shifted = logit - max;
      const weight = Math.exp(shifted);
      sum += weight;
      if (weight > 0) weighted += weight * shifted;
    }
    const logSum = Math.log(sum);
    nll[i] = logSum + max - (row[targets[i] ?? 0] ?? NaN);
    if (top1 !== null) top1[i] = 1 / sum;
    if (entropy !== null) entropy[i] = logSum - weighted / sum;
  }
  return { nll, top1, entropy };
}
