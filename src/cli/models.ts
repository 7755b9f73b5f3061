import { Command, Option } from 'commander';
import { alignColumns } from '../base/columns.js';
import type { EngineKind } from '../engine/index.js';
import {
  listModels,
  resolveModel,
  verifyModel,
  type FileVerdict,
  type InstalledModel,
  type ResolvedModel,
  type ResolveOptions,
} from '../models/index.js';
import { mib, showDownload } from './download-progress.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { inFrame } from './frame.js';
import { printJson } from './json-output.js';
import { inFlags } from './option-names.js';

interface ModelOptions {
  readonly revision?: string;
  readonly engine?: EngineKind;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verify?: boolean;
}

/** `evosift models`: the bundled model, the Hugging Face cache, local directories. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('the bundled model, the Hugging Face cache, local directories')
    .addCommand(listCommand())
    .addCommand(pullCommand())
    .addCommand(verifyCommand())
    .addCommand(pathCommand());
}

const listCommand = (): Command =>
  new Command('list')
    .description('the bundled model and those in the Hugging Face cache')
    .option('--json', 'print a JSON array')
    .action(async ({ json = false }: ModelOptions) => {
      const models = await listModels();
      if (json) printJson(models);
      else print(table(models));
    });

const pullCommand = (): Command =>
  forOneModel(new Command('pull'))
    .description('download what scoring needs of a model into the Hugging Face cache; prints its directory')
    .option('--verify', 'also hash what is there already, and download again what is not as it should be')
    .option('--quiet', 'no progress')
    .action((id: string, options: ModelOptions) => printResolved(id, options, { verify: options.verify }));

const pathCommand = (): Command =>
  forOneModel(new Command('path'))
    .description('print the directory of a model that is on this machine')
    .action((id: string, options: ModelOptions) => printResolved(id, options, { offline: true }));

const verifyCommand = (): Command =>
  forOneModel(new Command('verify'))
    .description("read a model's files again and hold them to the hub's hashes; exit code 1 where one is damaged")
    .action((id: string, options: ModelOptions) => interruptible(options, (signal) => verify(id, options, signal)));

const forOneModel = (command: Command): Command =>
  command
    .argument('<model>', 'pocket, a hub id such as HuggingFaceTB/SmolLM2-135M, or a directory')
    .option('--revision <revision>', "a hub model's branch, tag or commit (default: main)")
    .addOption(new Option('--engine <engine>', 'the engine whose weights are meant').choices(['native', 'onnx']))
    .option('--json', 'print one JSON object');

const printResolved = (id: string, options: ModelOptions, more: ResolveOptions): Promise<void> =>
  interruptible(options, async (signal) => {
    using display = showDownload(id, options.quiet ?? false);
    const model = await resolve(id, options, { ...more, signal, onProgress: display.update });
    if (options.json) printJson({ ...described(model), files: model.files });
    else print(model.directory);
    return EXIT.done;
  });

async function verify(id: string, options: ModelOptions, signal: AbortSignal): Promise<ExitCode> {
  const model = await resolve(id, options, { offline: true, signal });
  const verdicts: FileVerdict[] = [];
  for await (const verdict of verifyModel(model, signal)) {
    verdicts.push(verdict);
    if (!options.json) print(verdictLine(verdict));
  }
  if (options.json) printJson({ ...described(model), files: verdicts });
  if (verdicts.every(({ verdict }) => verdict !== 'damaged')) return EXIT.done;
  if (model.kind === 'hub') tell(`Mend it with: evosift models pull ${id} --verify${at(options)}`);
  else tell(`${model.directory} is damaged: copy the model there again.`);
  return EXIT.failed;
}

const INTERRUPTED = 'Interrupted; what has been downloaded is kept, the same command goes on from there.';

/** Runs what Ctrl-C and SIGTERM stop cleanly. */
const interruptible = (
  { json, quiet }: ModelOptions,
  work: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<void> =>
  inFrame({ json, quiet, logLevel: 'info' }, { label: '', interrupted: INTERRUPTED }, ({ signal }) => work(signal));

async function resolve(id: string, options: ModelOptions, more: ResolveOptions): Promise<ResolvedModel> {
  const model = await resolveModel(id, { revision: options.revision, engine: options.engine, ...more });
  if (!options.quiet) for (const line of [model.notice, model.trialOnly]) if (line !== null) tell(inFlags(line));
  return model;
}

const described = ({ id, kind, commit, format, directory, trialOnly }: ResolvedModel): object => ({
  id,
  kind,
  commit,
  format,
  directory,
  trialOnly: trialOnly !== null,
});

const at = ({ revision, engine }: ModelOptions): string =>
  `${revision === undefined ? '' : ` --revision ${revision}`}${engine === undefined ? '' : ` --engine ${engine}`}`;

function table(models: readonly InstalledModel[]): string {
  const rows = models.map(({ id, kind, commit, refs, format, bytes, directory }) => [
    id,
    kind === 'bundled' ? 'bundled' : `${commit?.slice(0, 10) ?? ''}${refs.length > 0 ? ` (${refs.join(', ')})` : ''}`,
    format ?? 'incomplete',
    format === null ? '' : `${mib(bytes)} MiB`,
    directory,
  ]);
  return alignColumns(rows, ['left', 'left', 'left', 'left', 'left'])
    .map((line) => line.trimEnd())
    .join('\n');
}

const verdictLine = ({ verdict, sha256, name, detail }: FileVerdict): string =>
  `${verdict.padEnd(8)} ${sha256}  ${name}${detail === '' ? '' : `: ${detail}`}`;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
