import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';

/** Where the hub is and what it is asked with. */
export interface HubEnvironment {
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly token: string | null;
  readonly offline: boolean;
}

const TRUE = new Set(['1', 'ON', 'YES', 'TRUE']);
const isTrue = (value: string | undefined): boolean => TRUE.has(value?.toUpperCase() ?? '');

/**
 * Reads HF_ENDPOINT, HF_TOKEN (or the token that `hf auth login` left behind) and HF_HUB_OFFLINE, by the rules of
 * huggingface_hub.
 *
 * @throws EvosiftError `bad_argument` where HF_ENDPOINT is no http(s) URL.
 */
export function readHubEnvironment(): HubEnvironment {
  const { env } = process;
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new EvosiftError('bad_argument', `HF_ENDPOINT is ${JSON.stringify(endpoint)}; it must be an http(s) URL.`);
  }
  return {
    endpoint,
    token: readToken(env),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
  };
}

function readToken(env: NodeJS.ProcessEnv): string | null {
  const named = (env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN)?.trim();
  if (named) return named;
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null;
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  try {
    return readFileSync(env.HF_TOKEN_PATH || join(home, 'token'), 'utf8').trim() || null;
  } catch {
    return null; // Nobody has logged in.
  }
}
