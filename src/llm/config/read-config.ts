import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { EvosiftError } from '../../base/errors.js';
import { unreadable } from '../../base/file-error.js';
import type { ConfiguredGenerator } from './schema.js';

/**
 * The generators of a file of them by name.
 *
 * @throws EvosiftError `bad_config` naming the file, the place in it, and what is allowed there.
 */
export async function readConfig(file: string): Promise<ReadonlyMap<string, ConfiguredGenerator>> {
  const input = await readJson(file);
  // Zod, which it needs, is loaded when it is needed.
  const { llmConfig } = await import('./schema.js');
  const result = llmConfig.safeParse(input);
  if (result.success) return new Map(Object.entries(result.data.generators));
  const { issues } = result.error;
  const [first] = issues;
  const what = first === undefined ? 'is not as it must be' : describe(first, input);
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw new EvosiftError('bad_config', `${file}: ${what}${more}`);
}

/** Where in the file, what is wrong there, and the value where it cannot be a secret. */
function describe(issue: z.core.$ZodIssue, input: unknown): string {
  const badHeader = issue.code === 'invalid_key' && issue.path.includes('headers');
  const place = (badHeader ? issue.path.slice(0, -1) : issue.path).map(String).join('.') || 'the file';
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const value = issue.path.reduce<unknown>((inner, key) => Object(inner)[key], input);
  const shown = issue.path.includes('sampling') && Object(value) !== value ? `, not ${JSON.stringify(value)}` : '';
  return `${place}: ${message}${shown}`;
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new EvosiftError('bad_config', `\`configFile\` ${unreadable(file, cause).message}`, {
      cause,
      option: 'configFile',
    });
  }
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says may quote the file, and so a key.
    throw new EvosiftError('bad_config', `${file} is not JSON; it must be {"generators": {"NAME": {"model": …}}}`);
  }
}
