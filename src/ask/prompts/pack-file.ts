import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { unreadable } from '../../base/file-error.js';
import { EvosiftError, messageOf } from '../../base/errors.js';

/** A message of a prompt, and the file in the pack's folder that its text is rendered from. */
export interface MessageFile {
  readonly role: 'system' | 'user' | 'assistant';
  readonly file: string;
}

/** What `pack.json` says of one prompt. */
export interface PromptEntry {
  readonly name: string;
  readonly messages: readonly MessageFile[];
  /** What stands before the result in an answer; null where the whole answer is the result. */
  readonly marker: string | null;
}

const fileName = z.string().regex(/^[^/\\]+\.jinja$/, 'must be the name of a .jinja file in the same folder');
const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), file: fileName });
const prompt = z
  .strictObject({
    file: fileName.optional(),
    messages: z.array(message).min(1).optional(),
    marker: z
      .string()
      .regex(/[\p{L}\p{N}]/u, 'must hold a letter or a digit')
      .nullable()
      .default(null),
  })
  .refine(({ file, messages }) => (file === undefined) !== (messages === undefined), {
    message: 'needs either file or messages',
  });
const pack = z.strictObject({ version: z.literal(1), prompts: z.record(z.string(), prompt) });

/**
 * @param names Which prompts there may be; null: any.
 * @throws EvosiftError `bad_data` where it can't be read, `bad_config` where it is not as docs/prompts.md says.
 */
export async function readPackFile(
  directory: string,
  names: readonly string[] | null,
): Promise<readonly PromptEntry[]> {
  const path = join(directory, 'pack.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const { success, data, error } = pack.safeParse(parsed(path, text));
  if (!success) {
    const [issue] = error.issues;
    const place = issue?.path.join('.') ?? '';
    throw new EvosiftError(
      'bad_config',
      `${path}: ${place === '' ? '' : `${place}: `}${issue?.message ?? 'not valid'}`,
    );
  }
  return Object.entries(data.prompts).map(([name, { file, messages, marker }]) => {
    if (names !== null && !names.includes(name)) {
      throw new EvosiftError(
        'bad_config',
        `${path}: unknown prompt ${JSON.stringify(name)}; prompts are ${names.join(', ')}`,
      );
    }
    return { name, messages: messages ?? (file === undefined ? [] : [{ role: 'user', file }]), marker };
  });
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = messageOf(error);
    throw new EvosiftError('bad_config', `${path}: not valid JSON (${why})`, { cause: error });
  }
}
