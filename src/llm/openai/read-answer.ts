import { isRecord } from '../../base/json.js';
import type { AnswerToken, Completion, FinishReason, TokenLogprob, Usage } from '../chat.js';
import { RequestError } from '../request-error.js';
import { classifyStatus } from './classify-status.js';

/** A JSON object as a server sent it: nothing in it is certain. */
type Sent = Readonly<Record<string, unknown>>;

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  length: 'length',
  max_tokens: 'length',
  content_filter: 'content_filter',
};

/**
 * What a server that answered 200 means.
 *
 * @param where The endpoint, as messages call it.
 * @throws RequestError `malformed_answer` where it is no chat completion, `content_filter` where nothing came through
 *   the server's filter, or by the status of an error that it sent instead.
 */
export function readAnswer(answer: unknown, where: string): Completion {
  const sent = typeof answer === 'string' ? parseText(answer, where) : answer;
  if (!isRecord(sent)) throw new RequestError('malformed_answer', `${where} answered with nothing`);
  if (isRecord(sent['error'])) {
    const { code, message } = sent['error'];
    throw classifyStatus(
      Number(code) || 500,
      sent['error'],
      String(message ?? 'an error without a message'),
      null,
      where,
    );
  }
  const choices = sent['choices'];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isRecord(choice) || !isRecord(choice['message'])) {
    throw new RequestError('malformed_answer', `${where} answered without a choice`);
  }
  const { message } = choice;
  const finishReason = FINISH_REASONS[String(choice['finish_reason'])] ?? 'other';
  const text = textOf(message);
  if (text === '' && finishReason === 'content_filter') {
    throw new RequestError('content_filter', `${where} filtered the whole answer`);
  }
  return {
    text,
    reasoning: reasoningOf(message),
    finishReason,
    usage: usageOf(sent['usage']),
    logprobs: logprobsOf(choice['logprobs']),
  };
}

/** Some servers send JSON under another name. */
function parseText(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const shown = JSON.stringify(text.slice(0, 60));
    throw new RequestError('malformed_answer', `${where} answered with something other than JSON: ${shown}`);
  }
}

/** Content is a text, or a list of parts, of which some are thoughts. */
function textOf({ content, refusal }: Sent): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return partsOf(content, 'text');
  return typeof refusal === 'string' ? refusal : '';
}

function reasoningOf({ reasoning_content: named, reasoning, content }: Sent): string | null {
  if (typeof named === 'string' && named !== '') return named;
  if (typeof reasoning === 'string' && reasoning !== '') return reasoning;
  return (Array.isArray(content) && partsOf(content, 'thinking')) || null;
}

/** The texts of the parts of one type; a thought holds a list of parts itself. */
function partsOf(content: readonly unknown[], type: 'text' | 'thinking'): string {
  return content
    .filter(isRecord)
    .filter((part) => part['type'] === type)
    .map((part): string => {
      const inner = part[type];
      return Array.isArray(inner) ? partsOf(inner, 'text') : String(inner ?? '');
    })
    .join('');
}

function usageOf(usage: unknown): Usage {
  const count = (name: string): number | null => {
    const value = isRecord(usage) ? usage[name] : null;
    return Number.isSafeInteger(value) ? Number(value) : null;
  };
  return { promptTokens: count('prompt_tokens'), completionTokens: count('completion_tokens') };
}

function logprobsOf(logprobs: unknown): readonly AnswerToken[] | null {
  const content = isRecord(logprobs) ? logprobs['content'] : null;
  const tokens = tokensOf(content);
  if (tokens === null || !Array.isArray(content)) return null;
  return tokens.map((token, place) => {
    const top = tokensOf((content[place] as Sent)['top_logprobs']) ?? [];
    return top.length === 0 ? token : { ...token, top: top.toSorted((a, b) => b.logprob - a.logprob) };
  });
}

/** Tokens with their log-probabilities; null where it is no list of such. */
function tokensOf(list: unknown): readonly TokenLogprob[] | null {
  if (!Array.isArray(list)) return null;
  const tokens = list
    .filter(isRecord)
    .flatMap(({ token, logprob }) =>
      typeof token === 'string' && typeof logprob === 'number' ? [{ token, logprob }] : [],
    );
  return tokens.length === list.length ? tokens : null;
}
