import { Command, Option } from 'commander';
import { compareReports, comparisonTable, readReport } from '../bench/compare.js';
import { KERNEL_OPS, kernelTable, measureKernels, type KernelOp } from '../bench/kernels.js';
import { measureThroughput, type Throughput, type ThroughputOptions } from '../bench/throughput.js';
import { integerArgument } from './arguments.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import { printJson } from './json-output.js';
import { MODEL_OPTIONS } from './load-model.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

type ThroughputArguments = OutputOptions &
  Pick<ThroughputOptions, 'limit' | 'tokenizer'> & { readonly data?: readonly string[] };

type KernelArguments = OutputOptions & { readonly op?: KernelOp; readonly device: string };

/** `evosift bench`. */
export function benchCommand(): Command {
  const throughput = new Command('throughput')
    .description("score rows end to end, and measure the machine's matmul limit before and after, in one process")
    .requiredOption('--data <file...>', 'rows to score')
    .option('--limit <n>', 'score at most so many rows', integerArgument(1))
    .option('--tokenizer <dir>', "the directory of another tokenizer (default: the model's, for shapes pocket's)")
    .action(benchThroughput);
  addOptions(throughput, MODEL_OPTIONS).addHelpText(
    'after',
    '\nModels also: shape:gpt2, shape:smollm2-135m, shape:qwen2.5-0.5b, shape:llama-3.2-1b (random weights),\n' +
      'and idle (no engine: what reading, tokenising and writing alone can do).',
  );
  const kernels = new Command('kernels')
    .description("kernels against a reference and against what this machine reaches at best: the CPU's, or a GPU's")
    .addOption(new Option('--op <name>', 'only this kernel').choices(KERNEL_OPS))
    .option('--device <device>', 'auto and cpu: the CPU, one thread; cuda[:i]: that device', 'auto')
    .action(benchKernels);
  const compare = new Command('compare')
    .description('two reports of bench kernels --json, or of bench throughput --json, side by side')
    .argument('<a>', 'a report')
    .argument('<b>', 'a report of the same kind')
    .action(benchCompare);
  return new Command('bench')
    .description('measure this machine')
    .addCommand(withOutputOptions(throughput))
    .addCommand(withOutputOptions(kernels))
    .addCommand(withOutputOptions(compare));
}

const tell = (what: string): void => void process.stderr.write(`${what}\n`);

async function benchKernels({ op, device, json = false, quiet = false }: KernelArguments): Promise<void> {
  const report = await measureKernels({ op, device, onProgress: quiet ? undefined : tell });
  if (json) printJson(report);
  else process.stdout.write(kernelTable(report));
}

async function benchCompare(a: string, b: string, { json = false }: OutputOptions): Promise<void> {
  const comparison = compareReports(await readReport(a), await readReport(b));
  if (json) printJson(comparison);
  else process.stdout.write(comparisonTable(comparison));
}

async function benchThroughput(
  { data = [], limit, tokenizer, ...output }: ThroughputArguments,
  command: Command,
): Promise<void> {
  const { json = false, quiet = false } = output;
  const { model, device, dtype, threads } = saidOf(command, MODEL_OPTIONS);
  if (model === undefined) throw new UsageError('Name a model with -m: a model, shape:NAME, or idle.');
  await inFrame(output, { label: 'measuring', interrupted: null }, async ({ signal }) => {
    const onProgress = quiet ? undefined : tell;
    const result = await measureThroughput({
      model,
      data,
      limit,
      tokenizer,
      device,
      dtype,
      threads,
      signal,
      onProgress,
    });
    if (json) printJson(result);
    else process.stdout.write(asText(result));
    return EXIT.done;
  });
}

function asText(r: Throughput): string {
  const lines = [
    `${r.model}, ${r.dtype}, ${r.implementation}, ${r.threads} threads`,
    `${r.rows} rows, ${r.tokens} tokens in ${r.seconds.toFixed(1)} s: ${r.rowsS.toFixed(1)} rows/s, ${r.tokensS.toFixed(0)} tokens/s`,
  ];
  if (r.ceilingGflops !== null && r.ceilingShare !== null) {
    lines.push(
      `${r.gflops.toFixed(1)} GFLOP/s of a ceiling of ${r.ceilingGflops.toFixed(1)}: ${r.ceilingShare.toFixed(3)}`,
      ...r.ceilingMatmuls.map(
        (m) => `  ${m.name} [${m.out}, ${m.in}]: ${m.gflops.toFixed(1)} GFLOP/s with ${m.rows} rows, ${m.form}`,
      ),
    );
  }
  if (r.idleShare !== null)
    lines.push(`the device had nothing to do for ${(100 * r.idleShare).toFixed(1)} % of the time`);
  const stages = Object.entries(r.stages).map(([stage, seconds]) => `${stage} ${seconds.toFixed(2)} s`);
  lines.push(`stages (they overlap): ${stages.join(', ')}`);
  lines.push(`memory: ${r.peakRssMib.toFixed(0)} MiB at most, ${r.weightsMib.toFixed(0)} MiB of it weights`);
  return `${lines.join('\n')}\n`;
}
