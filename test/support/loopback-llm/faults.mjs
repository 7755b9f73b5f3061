/** What can go wrong with one request, by name: each takes the response and the good answer that it spoils. */

const refuse =
  (status, error, headers = {}) =>
  (response) => {
    const body = JSON.stringify({ error: { type: 'loopback', param: null, code: null, ...error } });
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

const send = (response, body) => response.writeHead(200, { 'content-type': 'application/json' }).end(body);

export const FAULTS = {
  rate_limited: refuse(429, { message: 'Rate limit reached, slow down.' }, { 'retry-after-ms': '100' }),
  rate_limited_seconds: refuse(429, { message: 'Rate limit reached, slow down.' }, { 'retry-after': '1' }),
  server_error: refuse(500, { message: 'The server had an error.' }),
  unavailable: refuse(503, { message: 'Loading model' }),
  unauthorized: refuse(401, { message: 'Incorrect API key provided.', code: 'invalid_api_key' }),
  not_found: refuse(404, { message: 'The model does not exist.', code: 'model_not_found' }),
  bad_request: refuse(400, { message: 'temperature is out of range.' }),
  context_overflow: refuse(400, {
    message: "This model's maximum context length is 1024 tokens. However, your messages resulted in 2048 tokens.",
    code: 'context_length_exceeded',
  }),
  content_filter: (response, answer) =>
    send(
      response,
      JSON.stringify({
        ...answer,
        choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'content_filter' }],
      }),
    ),
  no_choices: (response, answer) => send(response, JSON.stringify({ ...answer, choices: [] })),
  malformed_json: (response, answer) => send(response, JSON.stringify(answer).slice(0, 60)),
  html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>a proxy greets you</html>'),
  /** Nothing, until the client goes away. */
  hang: () => {},
  /** Headers and half of the body, then nothing until the client goes away. */
  stall: (response, answer) => {
    const body = JSON.stringify(answer);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.write(body.slice(0, body.length >> 1));
  },
  /** Half of the body, then the connection ends. */
  cut_body: (response, answer) => {
    FAULTS.stall(response, answer);
    setTimeout(() => response.destroy(), 5);
  },
  reset: (response) => response.socket?.resetAndDestroy(),
};
