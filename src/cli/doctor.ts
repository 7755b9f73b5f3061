import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command } from 'commander';
import { buildCommand, diagnose, type Check } from '../engine/index.js';
import { diagnoseSandbox } from '../sandbox/index.js';
import { EvosiftError } from '../base/errors.js';
import { secondsArgument } from './arguments.js';
import { EXIT, UsageError } from './exit-code.js';
import { printJson } from './json-output.js';
import { inFlags } from './option-names.js';

interface DoctorOptions {
  readonly build?: boolean;
  readonly cuda?: boolean;
  readonly json?: boolean;
  readonly llm?: readonly string[];
  readonly llmConfig?: string;
  readonly timeout: number;
}

/** `evosift doctor`: what this machine can run, and what is missing, each with the command that mends it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what this machine can run, and what is missing, each with the command that mends it')
    .option('--build', 'first build the native addon for this machine (installs what the build needs where it may)')
    .option('--cuda', 'with --build: also the CUDA library (without nvcc, makes one of about 200 MB of wheels)')
    .option('--llm <spec...>', 'instead try these generators, each with one tiny request')
    .option('--llm-config <file>', 'generators by name')
    .option('--timeout <seconds>', 'how long a generator may take', secondsArgument, 120)
    .option('--json', 'print the diagnosis as one JSON object')
    .action(async ({ build = false, cuda = false, json = false, llm, llmConfig, timeout }: DoctorOptions) => {
      if (cuda && !build) throw new UsageError('--cuda says what --build builds: give both.');
      if (llm !== undefined) return await tryGenerators(llm, llmConfig, timeout, json);
      if (build) await buildAddon(cuda);
      const [engines, sandbox] = await Promise.all([diagnose(), diagnoseSandbox()]);
      const diagnosis = { ...engines, checks: [...engines.checks, sandbox] };
      if (json) printJson(diagnosis);
      else process.stdout.write(toTable(diagnosis.checks));
      if (!diagnosis.healthy) process.exitCode = EXIT.failed;
    });
}

async function tryGenerators(
  specs: readonly string[],
  configFile: string | undefined,
  timeout: number,
  json: boolean,
): Promise<void> {
  const { probeAll, probeToJson, toCheck } = await import('./doctor-llm.js');
  const reports = await probeAll(specs, configFile, timeout);
  if (json) printJson({ generators: reports.map(probeToJson) });
  else process.stdout.write(toTable(reports.map(toCheck)));
  if (reports.some(({ status }) => status === 'failed')) process.exitCode = EXIT.failed;
}

async function buildAddon(cuda: boolean): Promise<void> {
  const [program = process.execPath, ...args] = buildCommand({ cuda });
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0)
    throw new EvosiftError(
      'addon_unavailable',
      'The native addon was not built (or not all of it); the reason is above.',
    );
}

function toTable(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const line = ({ name, status, detail, mend }: Check): string =>
    `${status.padEnd(10)}${name.padEnd(width + 2)}${inFlags(detail)}\n` +
    (mend === null ? '' : `${' '.repeat(width + 12)}mend it with: ${inFlags(mend)}\n`);
  return checks.map(line).join('');
}
