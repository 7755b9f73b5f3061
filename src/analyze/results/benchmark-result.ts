/** One number that a benchmark gave. */
export interface BenchmarkResult {
  /** What was measured: a model, as the file calls it. */
  readonly series: string;
  /** What at: a task or data set, or whatever a table of one's own says. */
  readonly x: string;
  readonly metric: string;
  /** As the file has it: lm-evaluation-harness gives shares of 1, OpenCompass and AlpacaEval per cent. */
  readonly value: number;
  /** Standard error of `value`, in its unit; null where the file has none. */
  readonly stderr: number | null;
}
