import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readScores } from '../runs/read-run.js';
import type { Dtype } from '../engine/engine.js';
import type { NativeEngineInfo } from '../engine/native/addon-types.js';
import { loadAddon } from '../engine/native/load-addon.js';
import { loadNativeEngine, loadNativeShape, type NativeEngine } from '../engine/native/native-engine.js';
import { resolveModel } from '../models/resolve-model.js';
import { describeMachine, type Machine } from '../machine/machine.js';
import { EvosiftError } from '../base/errors.js';
import { packageFile } from '../base/package-file.js';
import { createScorer, type Scorer } from '../score/scorer.js';
import { scoreFiles } from '../score/run/score-files.js';
import { ceilingOf, measureCeiling, type MatmulCeiling } from './ceiling.js';
import { IdleEngine } from './idle-engine.js';
import { peakMemoryMib, resetPeakMemory } from './peak-memory.js';
import { isShapeName, shapes } from './shapes.js';

/** The ceilings before and after may differ by so much, else the machine was too unquiet for the figure to mean anything. */
const CEILING_TOLERANCE = 0.1;
/** How often a void measurement is repeated. */
const ATTEMPTS = 3;
/** Seconds for each of the ceiling's measurements. */
const CEILING_SECONDS = 0.1;

export interface ThroughputOptions {
  /** A model as `resolveModel` takes it, `shape:NAME` (random weights), or `idle` (the pipeline alone). */
  readonly model: string;
  readonly data: readonly string[];
  readonly limit?: number;
  readonly device?: string;
  readonly dtype?: 'auto' | Dtype;
  readonly threads?: number;
  /** The directory of another tokenizer; default the model's, for shapes pocket's. */
  readonly tokenizer?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

/** What a model's weights cost. */
type Costs = Pick<NativeEngineInfo, 'flopsPerToken' | 'flopsPerTarget' | 'weightBytes'>;
const NO_COSTS: Costs = { flopsPerToken: 0, flopsPerTarget: 0, weightBytes: 0 };

/** What `evosift bench throughput --json` prints, in the API's spelling. */
export interface Throughput {
  readonly model: string;
  readonly rows: number;
  /** Tokens that the engine read. */
  readonly tokens: number;
  readonly targets: number;
  readonly seconds: number;
  readonly rowsS: number;
  readonly tokensS: number;
  /** Useful work: 2 FLOP a weight a token, the head's only at targets, per second, in units of 10^9. */
  readonly gflops: number;
  /** The mean of the two ceilings; null where there is none to measure against. */
  readonly ceilingGflops: number | null;
  readonly ceilingShare: number | null;
  readonly ceilings: readonly number[];
  readonly ceilingMatmuls: readonly MatmulCeiling[];
  readonly stages: Readonly<Record<string, number>>;
  /** The share of the time in which a CUDA device had nothing to do, by its own clock; null on the CPU. */
  readonly idleShare: number | null;
  readonly peakRssMib: number;
  readonly weightsMib: number;
  readonly engine: string;
  readonly implementation: string;
  readonly device: string;
  readonly dtype: string;
  readonly threads: number;
  readonly machine: Machine & { readonly node: string };
}

/**
 * Scores rows end to end (reading, tokenising, engine, writing), and before and after it, in the same process, measures
 * what the machine's matmul library reaches on the model's own matrices.
 *
 * @throws EvosiftError as `loadScorer` and `scoreFiles`; `engine_failed` where the ceiling would not hold still.
 */
export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  if (options.model === 'idle') return measureIdle(options);
  const engine = await loadModel(options);
  const tokenizerDirectory = options.tokenizer ?? (await modelDirectory(options.model));
  await using scorer = await createScorer(engine, { ...setupOf(options, tokenizerDirectory) });
  const loadPeak = peakMemoryMib();
  for (let attempt = 1; ; attempt++) {
    const result = await measureOnce(scorer, engine, options);
    const [before, after] = result.ceilings;
    if (Math.abs(after - before) <= CEILING_TOLERANCE * Math.max(before, after)) {
      return { ...result, peakRssMib: Math.max(loadPeak, result.peakRssMib) };
    }
    const drift = `the ceiling was ${before.toFixed(1)} GFLOP/s before and ${after.toFixed(1)} after`;
    if (attempt === ATTEMPTS) {
      throw new EvosiftError('engine_failed', `Void ${ATTEMPTS} times: ${drift}. The machine is busy with other work.`);
    }
    options.onProgress?.(`void: ${drift}; once more`);
  }
}

async function measureIdle(options: ThroughputOptions): Promise<Throughput> {
  const tokenizerDirectory = options.tokenizer ?? (await modelDirectory('pocket'));
  const engine = new IdleEngine(2 ** 20, 2 ** 20);
  await using scorer = await createScorer(engine, { ...setupOf(options, tokenizerDirectory), workers: 2 });
  return { ...(await scoreOnce(scorer, NO_COSTS, options)), idleShare: null, ceilings: [], ceilingMatmuls: [] };
}

async function measureOnce(scorer: Scorer, engine: NativeEngine, options: ThroughputOptions): Promise<Throughput> {
  const { dtype, threads } = engine.info;
  const { devices } = engine;
  const rates = () =>
    measureCeiling(loadAddon(), engine.matmuls, { dtype, threads, devices, seconds: CEILING_SECONDS });
  options.onProgress?.('measuring the matmul ceiling');
  const before = await rates();
  options.onProgress?.('scoring');
  resetPeakMemory();
  const busyBefore = engine.busySeconds();
  const scored = await scoreOnce(scorer, engine.info, options);
  const busy = engine.busySeconds() - busyBefore;
  options.onProgress?.('measuring the matmul ceiling again');
  const after = await rates();
  const ceilings = [before, after].map((r) => ceilingOf(r, engine.matmuls, scored.targets / scored.tokens));
  const mean = (ceilings[0] + ceilings[1]) / 2;
  return {
    ...scored,
    idleShare: devices.length === 0 ? null : Math.max(0, 1 - busy / (devices.length * scored.seconds)),
    ceilings,
    ceilingMatmuls: before.map((rate, i) => (rate.gflops >= after[i].gflops ? rate : after[i])),
    ceilingGflops: mean,
    ceilingShare: scored.gflops / mean,
  };
}

async function scoreOnce(
  scorer: Scorer,
  { flopsPerToken, flopsPerTarget, weightBytes }: Costs,
  { model, data, limit, signal }: ThroughputOptions,
): Promise<Omit<Throughput, 'idleShare' | 'ceilings' | 'ceilingMatmuls'>> {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-bench-'));
  try {
    const out = join(folder, 'run');
    // The model's identity is not part of what is measured.
    await scorer.modelHash(signal);
    const report = await scoreFiles({ scorer, data, limit, out, signal });
    const peakRssMib = peakMemoryMib();
    let targets = 0;
    for await (const line of readScores(out)) {
      targets += line.tokensQ + line.tokensA + line.tokensAAlone;
    }
    const { engine, implementation, device, dtype, threads } = scorer.info;
    return {
      model,
      rows: report.rows,
      tokens: report.tokens,
      targets,
      seconds: report.seconds,
      rowsS: report.rowsS,
      tokensS: report.tokensS,
      gflops: (flopsPerToken * report.tokens + flopsPerTarget * targets) / report.seconds / 1e9,
      ceilingGflops: null,
      ceilingShare: null,
      stages: report.stages,
      peakRssMib,
      weightsMib: weightBytes / 2 ** 20,
      engine,
      implementation,
      device,
      dtype,
      threads,
      machine: { ...describeMachine(), node: process.version },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function loadModel({ model, device, dtype, threads, signal }: ThroughputOptions): Promise<NativeEngine> {
  const shape = shapeOf(model);
  const options = { device, dtype, threads };
  if (shape !== null) return loadNativeShape(JSON.stringify(shapes[shape]), 1, options);
  return resolveModel(model, { signal }).then(({ directory }) => loadNativeEngine(directory, options));
}

function shapeOf(model: string) {
  if (!model.startsWith('shape:')) return null;
  const name = model.slice('shape:'.length);
  if (isShapeName(name)) return name;
  throw new EvosiftError(
    'bad_argument',
    `There is no shape ${JSON.stringify(name)}: take ${Object.keys(shapes).join(', ')}.`,
  );
}

async function modelDirectory(model: string): Promise<string> {
  if (model.startsWith('shape:')) return join(dirname(packageFile('package.json')), 'models', 'pocket');
  return (await resolveModel(model)).directory;
}

const setupOf = ({ model }: ThroughputOptions, tokenizerDirectory: string) => ({
  model,
  tokenizerDirectory,
  modelHash: () => Promise.resolve(model),
});
