import { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { messageOf } from '../base/errors.js';
import { unreadable } from '../files/file-error.js';
import type { NllResult } from '../score/nll.js';
import { checkSequence, type NllSequence } from '../score/nll-sequence.js';
import { withModelOptions, type ModelArguments } from './arguments.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import { loadModel } from './load-model.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

type NllArguments = OutputOptions &
  Partial<ModelArguments> & { readonly ids?: string; readonly text?: string; readonly stats?: boolean };

/** `evosift nll`. */
export function nllCommand(): Command {
  const command = new Command('nll').description('per-token losses (nats) of token ids or text, a line each');
  withModelOptions(command)
    .option('--ids <file>', '{"ids":[…]} a line; writes {"nll":[…]}, one number for each id but the first')
    .option('--text <file>', '{"text":"…"} a line, or with a context {"prompt"|"messages":…,"text":"…"}')
    .option('--stats', 'also top1 (probability of the most likely token) and entropy (nats)')
    .action(nll);
  return withOutputOptions(command);
}

async function nll(given: NllArguments): Promise<void> {
  const { ids, text, stats = false, quiet = false, logLevel, ...model } = given;
  const file = ids ?? text;
  if (file === undefined || (ids !== undefined && text !== undefined)) {
    throw new UsageError('Name the input with either --ids FILE or --text FILE; - reads standard input.');
  }
  const kind = ids === undefined ? 'text' : 'ids';
  await inFrame({ quiet, logLevel }, { label: 'reading', interrupted: 'Interrupted.' }, async ({ signal, logger }) => {
    const input = await openInput(file);
    await using scorer = await loadModel(model, logger, signal, quiet);
    let failed = false;
    for await (const result of scorer.nll(sequences(input, kind), { stats, signal })) {
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
  return checkSequence(value, kind);
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
