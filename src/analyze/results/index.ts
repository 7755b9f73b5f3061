/** Benchmark results, as others see them. */
export { readResults } from './read-results.js';
export type { BenchmarkResult } from './benchmark-result.js';
