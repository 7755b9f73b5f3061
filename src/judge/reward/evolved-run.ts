import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { PromptPack } from '../../ask/prompts/prompt-pack.js';
import { methodOperation, readMethodFile } from '../../auto-evol/method.js';
import { EvosiftError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import { LogIndex, type LogFormat } from '../../files/log-index.js';
import type { ChatMessage } from '../../llm/chat.js';
import { operationsOf } from '../../operations/operations.js';
import { EVOLUTION_RUN } from '../../runs/generation-run.js';
import { readAnyManifest } from '../../runs/read-run.js';

/** What an instruction was made of. */
interface Parent {
  readonly id: string;
  readonly instruction: string;
  readonly input: string;
  /** It is a version that others may have been made of. */
  readonly stands: boolean;
}

/** Of an evolution's identity. */
interface EvolvedIdentity {
  readonly prompts: string;
  readonly method: 'evol' | 'auto';
  readonly generators: readonly { readonly name: string }[];
}

const keyOf = (id: string): string => createHash('sha256').update(id).digest('hex');

const LINEAGE: LogFormat<Parent> = {
  parse: parseParent,
  textOf: (parent) => `${JSON.stringify(parent)}\n`,
  keyOf: ({ id, stands }) => (stands ? keyOf(id) : null),
  groupOf: null,
  keeps: 'last',
  damaged: (path, line) =>
    new EvosiftError('bad_data', `${path} line ${line} is damaged; the run's own command writes it anew`),
};

function parseParent(text: string): Parent | null {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(line) || typeof line['id'] !== 'string') return null;
  const { id, status, instruction, input } = line;
  const stands = (status === 'seed' || status === 'survived') && typeof instruction === 'string';
  return { id, instruction: stands ? instruction : '', input: typeof input === 'string' ? input : '', stands };
}

/** An evolution's directory, as far as it tells by which prompts its rows were made. */
export class EvolvedRun implements AsyncDisposable {
  private constructor(
    private readonly prompts: PromptPack,
    private readonly lineage: LogIndex<Parent>,
    /** Of Auto-Evol: the method's text by generator. */
    readonly methods: ReadonlyMap<string, string>,
  ) {}

  /** @throws EvosiftError `bad_data` where a file of it is damaged; `bad_argument` where it has other prompts. */
  static async open(run: string, prompts: PromptPack): Promise<EvolvedRun> {
    const { identity } = await readAnyManifest<EvolvedIdentity>(run);
    if (identity.prompts !== prompts.hash) {
      const text = `judgeReward: ${run} was evolved by other prompts; give the folder of those as \`prompts\``;
      throw new EvosiftError('bad_argument', text, { option: 'prompts' });
    }
    const { files } = EVOLUTION_RUN;
    const methods = identity.method === 'auto' ? await readMethods(join(run, files.methods), identity) : new Map();
    return new EvolvedRun(prompts, await LogIndex.read(join(run, files.lineage), LINEAGE), methods);
  }

  /** What a generator was asked when it did an operation to a version of a row; undefined where that is not known. */
  async promptOf(op: string, parent: string, generator: string): Promise<readonly ChatMessage[] | undefined> {
    const method = this.methods.get(generator);
    const operation =
      method === undefined ? operationsOf('replace').find(({ name }) => name === op) : methodOperation(method);
    const [found] = (await this.lineage.find(keyOf(parent))) ?? [];
    if (operation?.name !== op || found === undefined) return undefined;
    const { instruction, input } = found;
    return this.prompts.render(operation.prompt, { ...operation.variables, instruction, input }).messages;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lineage.close();
  }
}

/** Several generators have a folder each. */
async function readMethods(folder: string, { generators }: EvolvedIdentity): Promise<ReadonlyMap<string, string>> {
  const several = generators.length > 1;
  const read = generators.map(async ({ name }, place) => {
    return [name, await readMethodFile(join(folder, several ? String(place) : '', 'best.txt'))] as const;
  });
  return new Map(await Promise.all(read));
}
