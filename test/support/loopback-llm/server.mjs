/**
 * An OpenAI-compatible server on 127.0.0.1 in a process of its own. Start it through `LoopbackLlm.start(options)` in
 * `loopback-llm.ts`, which documents the options. Prints its URL on the first line of standard output; ends when its
 * standard input does, so that it never outlives the tests.
 *
 *   POST /v1/chat/completions   the answer, after the latency, unless this request is faulted
 *   GET  /v1/models             the models that it serves
 *   GET  /stats                 see `LoopbackStats`
 *   POST /options               the body's fields replace the options of the same names
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { FAULTS } from './faults.mjs';

const options = {
  latency: 0,
  together: 1,
  faultShare: 0,
  faults: ['rate_limited', 'server_error', 'hang', 'cut_body', 'malformed_json'],
  always: null,
  failAfter: null,
  models: null,
  key: null,
  answer: new URL('answer.mjs', import.meta.url).href,
  ...JSON.parse(process.argv[2] ?? '{}'),
};
let { default: answer } = await import(options.answer);

/** By the hash of its body, how often each request came, was answered and was faulted. */
const requests = new Map();
const totals = { received: 0, answered: 0, faulted: 0, inFlight: 0, mostInFlight: 0, connections: 0 };
let last = null;
/** Answers that are held until as many requests wait as `together` says. */
let held = [];

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => void route(request, response, Buffer.concat(chunks)));
});
server.keepAliveTimeout = 120_000;
server.on('connection', () => totals.connections++);
server.listen(0, '127.0.0.1', 1_024, () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
process.stdin.on('end', () => process.exit()).resume();

async function route(request, response, bytes) {
  if (request.url === '/stats')
    return sendJson(response, 200, { ...totals, last, requests: Object.fromEntries(requests) });
  if (request.url === '/options') {
    Object.assign(options, JSON.parse(bytes.toString()));
    ({ default: answer } = await import(options.answer));
    return sendJson(response, 200, options);
  }
  if (request.url === '/v1/models') {
    const models = options.models ?? ['loopback'];
    return sendJson(response, 200, { object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
  }
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
    return sendJson(response, 404, { error: { message: `No route ${request.method} ${request.url}` } });
  }
  complete(request, response, bytes);
}

function complete(request, response, bytes) {
  totals.received++;
  totals.inFlight++;
  totals.mostInFlight = Math.max(totals.mostInFlight, totals.inFlight);
  response.on('close', () => totals.inFlight--);
  const body = JSON.parse(bytes.toString());
  const hash = createHash('sha256').update(bytes).digest('hex');
  const seen = requests.get(hash) ?? { received: 0, answered: 0, faulted: 0 };
  requests.set(hash, seen);
  seen.received++;
  last = { headers: request.headers, body };

  const fault = faultOf(request, body, hash, seen);
  const send = () => {
    if (response.destroyed) return;
    if (fault !== null) {
      seen.faulted++;
      totals.faulted++;
      FAULTS[fault](response, completion(body, hash));
    } else {
      seen.answered++;
      totals.answered++;
      sendJson(response, 200, completion(body, hash));
    }
  };
  held.push(send);
  if (held.length < options.together) return;
  const [ready] = [held, (held = [])];
  for (const one of ready) {
    if (options.latency > 0) setTimeout(one, options.latency);
    else one();
  }
}

/** Which requests are faulted, and how, follows from their bodies: it is the same in every run. */
function faultOf(request, body, hash, seen) {
  if (options.key !== null && request.headers.authorization !== `Bearer ${options.key}`) return 'unauthorized';
  if (options.models !== null && !options.models.includes(body.model)) return 'not_found';
  if (options.refuseLogprobs && body.logprobs) return 'bad_request';
  if (options.failAfter !== null && totals.received > options.failAfter) return options.always ?? 'server_error';
  if (options.failAfter === null && options.always !== null) return options.always;
  const isFaulted = Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32 < options.faultShare;
  if (!isFaulted || seen.received > 1) return null;
  return options.faults[Number.parseInt(hash.slice(8, 16), 16) % options.faults.length];
}

function completion(body, hash) {
  const text = answer(body, hash);
  const words = text.match(/\s*\S+/g) ?? [];
  const prompt = body.messages.reduce((sum, { content }) => sum + content.length, 0);
  return {
    id: `chatcmpl-${hash.slice(0, 16)}`,
    object: 'chat.completion',
    created: 0,
    model: body.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text,
          ...(options.reasoning && { reasoning_content: options.reasoning }),
        },
        finish_reason: 'stop',
        logprobs: body.logprobs ? { content: words.map((token) => tokenOf(token, body.top_logprobs)) } : null,
      },
    ],
    usage: {
      prompt_tokens: Math.ceil(prompt / 4),
      completion_tokens: words.length,
      total_tokens: Math.ceil(prompt / 4) + words.length,
    },
  };
}

/** A token that is the second likeliest of as many as are asked for, which come in no order. */
function tokenOf(token, top = 0) {
  const others = Array.from({ length: top }, (_, i) => ({ token: i === 0 ? token : `${i}`, logprob: -0.25 - 2 * i }));
  if (top > 1) others[1].logprob = -0.125;
  return { token, logprob: -0.25, top_logprobs: others };
}

function sendJson(response, status, value) {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}
