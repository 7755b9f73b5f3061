import { basename } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import type { GeneratorPlan, OpenAiEndpoint } from '../generator.js';
import { checkBaseUrl } from './base-url.js';
import { checkKeyEnv } from './key-env.js';

const OPENAI = 'https://api.openai.com/v1';
const FORMS = 'openai:MODEL[@BASE_URL][#KEY_ENV], gguf:PATH or replay:FILE[#GENERATOR]';

/** A SPEC taken apart. `name` is null for a journal of which no generator was named: the name stands in it. */
export interface ParsedSource {
  readonly name: string | null;
  readonly source: GeneratorPlan['source'];
}

/**
 * Reads `openai:MODEL[@BASE_URL][#KEY_ENV]`, `gguf:PATH` or `replay:FILE[#GENERATOR]`.
 *
 * @param where What holds the SPEC, which begins messages.
 * @throws EvosiftError `bad_argument`.
 */
export function parseSource(spec: string, where: string): ParsedSource {
  const [, kind = '', rest = ''] = /^(openai|gguf|replay):(.*)$/s.exec(spec) ?? [];
  if (kind === '') throw new EvosiftError('bad_argument', `${where} must be ${FORMS}, not ${shown(spec)}`);
  if (rest === '') throw new EvosiftError('bad_argument', `${where} ends after "${kind}:"; it must be ${FORMS}`);
  if (kind === 'gguf') return { name: `gguf:${basename(rest)}`, source: { kind, path: rest } };
  if (kind === 'replay') {
    const [, path = rest, name = null] = /^(.+)#(.+)$/s.exec(rest) ?? [];
    return { name, source: { kind, path } };
  }
  return parseOpenAi(rest, where);
}

function parseOpenAi(rest: string, where: string): ParsedSource {
  const [, model = '', baseUrl, keyEnv] = /^(.*?)(?:@(https?:\/\/[^#]*))?(?:#(.*))?$/s.exec(rest) ?? [];
  if (model === '') throw new EvosiftError('bad_argument', `${where} names no model: it must be ${FORMS}`);
  const schemeless = baseUrl === undefined && /@([\w.-]+:\d+|localhost)(\/|$)/.exec(model);
  if (schemeless) {
    const [at] = schemeless;
    throw new EvosiftError(
      'bad_argument',
      `${where}: the base URL after @ must begin with http:// or https://, not ${at.slice(1)}`,
    );
  }
  return { name: `openai:${model}`, source: openAiEndpoint({ model, baseUrl, keyEnv }, where) };
}

interface EndpointFields {
  readonly model: string;
  readonly baseUrl?: string | undefined;
  readonly keyEnv?: string | undefined;
  readonly body?: OpenAiEndpoint['body'] | undefined;
  readonly headers?: OpenAiEndpoint['headers'] | undefined;
}

/**
 * An endpoint with what was not said: OPENAI_BASE_URL or OpenAI's own URL, and there OPENAI_API_KEY; a base URL that
 * was named is sent no key unless one was named too.
 *
 * @throws EvosiftError `bad_argument`.
 */
export function openAiEndpoint(
  { model, baseUrl, keyEnv, body = {}, headers = {} }: EndpointFields,
  where: string,
): OpenAiEndpoint {
  const standard = process.env['OPENAI_BASE_URL']?.trim() || OPENAI;
  const url =
    baseUrl === undefined
      ? checkBaseUrl(standard, `${where}: OPENAI_BASE_URL`)
      : checkBaseUrl(baseUrl, `${where}: the base URL`);
  return {
    kind: 'openai',
    model,
    baseUrl: url,
    keyEnv: keyEnv === undefined ? standardKey(url) : checkKeyEnv(keyEnv, where),
    body,
    headers,
  };
}

/** OpenAI demands its key; what else is at OPENAI_BASE_URL is sent it where it is set, as OpenAI's programs do. */
function standardKey(url: string): string | null {
  if (new URL(url).hostname === 'api.openai.com') return 'OPENAI_API_KEY';
  const redirected = process.env['OPENAI_BASE_URL']?.trim().replace(/\/+$/, '') === url;
  return redirected && process.env['OPENAI_API_KEY'] ? 'OPENAI_API_KEY' : null;
}

/** A SPEC may hold a key where none belongs. */
const shown = (spec: string): string => JSON.stringify(spec.replace(/#.*/s, '#…').replace(/\/\/[^/@]*@/, '//…@'));
