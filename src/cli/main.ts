import { Command, CommanderError } from 'commander';
import { EvosiftError } from '../base/errors.js';
import { packageVersion } from '../base/package-version.js';
import { inFlags } from './option-names.js';
import { EXIT, errorText, stackOf, UsageError, type ExitCode } from './exit-code.js';

/** A command as the overview lists it; its module is loaded only when it is named. */
interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'score',
    summary: 'rows -> a run directory with losses and scores',
    load: async () => (await import('./score.js')).scoreCommand(),
  },
  {
    name: 'rank',
    summary: "order and select a run's rows; writes the original rows plus scores",
    load: async () => (await import('./rank.js')).rankCommand(),
  },
  {
    name: 'merge',
    summary: 'join the shards of one run',
    load: async () => (await import('./merge.js')).mergeCommand(),
  },
  {
    name: 'evolve',
    summary: 'evolve the instructions of some rows with language models',
    load: async () => (await import('./evolve.js')).evolveCommand(),
  },
  {
    name: 'respond',
    summary: 'have the instructions of some rows answered',
    load: async () => (await import('./respond.js')).respondCommand(),
  },
  {
    name: 'autoif',
    summary: 'make instructions whose constraints code can verify, with answers that pass',
    load: async () => (await import('./autoif.js')).autoifCommand(),
  },
  {
    name: 'verify',
    summary: 'check the answers of some rows by functions of their constraints',
    load: async () => (await import('./verify.js')).verifyCommand(),
  },
  {
    name: 'analyze',
    summary: "measure runs' rows: distributions, agreement, vocabulary; compare runs",
    load: async () => (await import('./analyze.js')).analyzeCommand(),
  },
  {
    name: 'judge',
    summary: 'have rows judged, by a generator or a reward model',
    load: async () => (await import('./judge.js')).judgeCommand(),
  },
  {
    name: 'nll',
    summary: 'per-token losses of token ids or text',
    load: async () => (await import('./nll.js')).nllCommand(),
  },
  {
    name: 'models',
    summary: 'the bundled model, the Hugging Face cache, local directories',
    load: async () => (await import('./models.js')).modelsCommand(),
  },
  {
    name: 'doctor',
    summary: 'what this machine can run, and what is missing',
    load: async () => (await import('./doctor.js')).doctorCommand(),
  },
  {
    name: 'bench',
    summary: "kernels and throughput against the machine's own limits",
    load: async () => (await import('./bench.js')).benchCommand(),
  },
  {
    name: 'demo',
    summary: 'score the bundled rows with the bundled model and print the ranking',
    load: async () => (await import('./demo.js')).demoCommand(),
  },
];

/**
 * Runs one command line. A command that ends other than well sets `process.exitCode` itself or throws; nothing forces
 * the exit, so that everything written is flushed.
 *
 * @param argv The arguments after the program's name.
 */
export async function main(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', leaveOnClosedPipe);
  try {
    const program = await buildProgram(argv);
    if (argv.length === 0) program.help({ error: true });
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error, /--log-level[= ]debug/.test(argv.join(' ')));
  }
}

/** A reader such as `head` that has seen enough is no error. */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}

/** Prints an error, unless commander has; returns the exit code. */
function report(error: unknown, withStack: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  process.stderr.write(`${withStack ? stackOf(error) : inFlags(errorText(error))}\n`);
  return isUsage(error) ? EXIT.usage : EXIT.failed;
}

const isUsage = (error: unknown): boolean =>
  error instanceof UsageError || (error instanceof EvosiftError && error.code === 'bad_argument');

async function buildProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('evosift')
    .description('Scores and ranks instruction-tuning data by IFD and IC-IFD.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError();
  const named = argv.find((argument) => !argument.startsWith('-'));
  for (const entry of COMMANDS) {
    program.addCommand(
      entry.name === named ? inherit(await entry.load()) : new Command(entry.name).description(entry.summary),
    );
  }
  return program;
}

/** A command's wrong usage is reported as the program's is. */
function inherit(command: Command): Command {
  command.exitOverride().showSuggestionAfterError();
  for (const child of command.commands) inherit(child);
  return command;
}
