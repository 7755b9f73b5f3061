// @ts-check
// An HTTP service that scores rows as they arrive and answers line by line.
//
//   node service.mjs [MODEL]        PORT=8080 HOST=127.0.0.1 by default
//   curl -N localhost:8080/score -H 'content-type: application/json' -d '{"rows":[{"instruction":"…","output":"…"}]}'
import { Readable } from 'node:stream';
import { EvosiftError, loadScorer } from 'evosift';
import fastify from 'fastify';

const BODY = {
  type: 'object',
  required: ['rows'],
  properties: {
    rows: { type: 'array', minItems: 1, items: { type: 'object' } },
    recipe: { type: 'string' },
    turns: { type: 'string' },
  },
};

/** @param {AsyncIterable<import('evosift').Outcome>} outcomes */
async function* toLines(outcomes) {
  for await (const { index, status, reason, ifd, icIfd } of outcomes)
    yield `${JSON.stringify({ index, status, reason, ifd, ic_ifd: icIfd })}\n`;
}

const scorer = await loadScorer({ model: process.argv[2] ?? 'pocket' });
const app = fastify({ bodyLimit: 64 * 2 ** 20 });

// Requests share the engine: rows of one are batched with rows of the others.
app.post('/score', { schema: { body: BODY } }, (request, reply) => {
  const { rows, ...options } = /** @type {{ rows: object[] } & import('evosift').ScoreOptions} */ (request.body);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const outcomes = scorer.score(rows, { ...options, signal: gone.signal });
  return reply.type('application/x-ndjson').send(Readable.from(toLines(outcomes)));
});

app.setErrorHandler((error, _request, reply) => {
  if (error instanceof EvosiftError && error.code === 'bad_argument')
    return reply.code(400).send({ code: error.code, message: error.message });
  return reply.send(error);
});

app.addHook('onClose', () => scorer.close());
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    app.close();
    // Responses under way get 5 s; a connection that never sent a request would keep the server open for ever.
    setTimeout(() => app.server.closeAllConnections(), 5000).unref();
  });

console.log(`listening on ${await app.listen({ host: process.env.HOST, port: Number(process.env.PORT ?? 8080) })}`);
