/**
 * A refusal's body as the official client reads it, with everything under `error`: some servers put the message at the
 * top (vLLM before 0.10), under `detail` (FastAPI), or send plain text.
 */
export function wrapError(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof body !== 'object' || body === null || 'error' in body) return text;
  if ('message' in body) return JSON.stringify({ error: body });
  return 'detail' in body ? JSON.stringify({ error: { message: body.detail } }) : text;
}
