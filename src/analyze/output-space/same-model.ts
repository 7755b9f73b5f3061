import { basename } from 'node:path';

/**
 * Whether two names may well be those of one model: that by which a generator was asked, and that by which its weights
 * are. Folders and owners, a file's ending and what a quantisation is called do not count.
 */
export function mayBeSameModel(asked: string, weights: string): boolean {
  const [one, other] = [plainName(asked), plainName(weights)];
  return one.startsWith(other) || other.startsWith(one);
}

/** `Qwen/Qwen2.5-0.5B-Instruct` and `qwen2.5-0.5b-instruct-q4_k_m.gguf#1f…` begin alike. */
const plainName = (name: string): string =>
  basename(name.replace(/#[0-9a-f]{12}$/, ''))
    .toLowerCase()
    .replace(/\.gguf$/, '')
    .replaceAll(/[-_.: ]+/g, '-');
