import { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { messageOf } from '../base/errors.js';
import { unreadable } from '../base/file-error.js';
import { isRecord } from '../base/json.js';
import { checkSequence, loadScorer, NLL_OPTIONS, type NllResult, type NllSequence } from '../score/index.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import { MODEL_OPTIONS, modelSource } from './load-model.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

type NllArguments = OutputOptions & { readonly ids?: string; readonly text?: string };

/** `evosift nll`. */
export function nllCommand(): Command {
  const command = new Command('nll').description('per-token losses (nats) of token ids or text, a line each');
  addOptions(command, MODEL_OPTIONS)
    .option('--ids <file>', '{"ids":[…]} a line; writes {"nll":[…]}, one number for each id but the first')
    .option('--text <file>', '{"text":"…"} a line, or with a context {"prompt"|"messages":…,"tools":…,"text":"…"}');
  return withOutputOptions(addOptions(command, NLL_OPTIONS).action(nll));
}

async function nll({ ids, text, ...output }: NllArguments, command: Command): Promise<void> {
  const file = ids ?? text;
  if (file === undefined || (ids !== undefined && text !== undefined)) {
    throw new UsageError('Name the input with either --ids FILE or --text FILE; - reads standard input.');
  }
  const kind = ids === undefined ? 'text' : 'ids';
  await inFrame(output, { label: 'reading', interrupted: 'Interrupted.' }, async (frame) => {
    const { signal } = frame;
    const input = await openInput(file);
    using source = modelSource(saidOf(command, MODEL_OPTIONS), frame);
    await using scorer = await loadScorer(source.scorer);
    let failed = false;
    for await (const result of scorer.nll(sequences(input, kind), { ...saidOf(command, NLL_OPTIONS), signal })) {
      if (!result.ok) failed = true;
      if (!process.stdout.write(`${toLine(result, kind)}\n`)) await once(process.stdout, 'drain');
    }
    return failed ? EXIT.failed : EXIT.done;
  });
}

/** Opens a file, or standard input. */
async function openInput(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const stream = createReadStream(file);
  try {
    await once(stream, 'open');
  } catch (error) {
    throw unreadable(file, error);
  }
  return stream;
}

/** What each line of a stream says. The reader is made here: it would drop lines that nobody waits for yet. */
async function* sequences(input: Readable, kind: 'ids' | 'text'): AsyncGenerator<NllSequence> {
  for await (const line of createInterface({ input, crlfDelay: Infinity })) yield sequenceOf(line, kind);
}

/** What a line says; one that says nothing is answered by a line all the same. */
function sequenceOf(line: string, kind: 'ids' | 'text'): NllSequence {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: `not JSON: ${messageOf(error)}` };
  }
  const kwargs = isRecord(value) ? value['template_kwargs'] : undefined;
  return checkSequence(kwargs === undefined ? value : { ...Object(value), templateKwargs: kwargs }, kind);
}

function toLine(result: NllResult, kind: 'ids' | 'text'): string {
  if (!result.ok) return JSON.stringify({ nll: null, reason: result.reason });
  return JSON.stringify({
    ...(kind === 'text' && { ids: [...result.ids] }),
    nll: Array.from(result.nll, rounded),
    ...(result.top1 !== null && { top1: Array.from(result.top1, rounded) }),
    ...(result.entropy !== null && { entropy: Array.from(result.entropy, rounded) }),
  });
}

/** Nine digits tell any two f32 values apart. */
const rounded = (value: number): number => Number(value.toPrecision(9));
