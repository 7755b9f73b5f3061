/**
 * Milliseconds that a server asks to be left alone for: `retry-after-ms`, or `retry-after` in seconds or as an HTTP
 * date; null where it does not ask, or not in a way that can be read.
 */
export function retryAfterOf(headers: Headers | undefined): number | null {
  const milliseconds = numberOf(headers?.get('retry-after-ms'));
  if (milliseconds !== null) return milliseconds;
  const named = headers?.get('retry-after');
  const seconds = numberOf(named);
  if (seconds !== null) return seconds * 1_000;
  const date = Date.parse(named ?? '');
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function numberOf(text: string | null | undefined): number | null {
  if (!text?.trim()) return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}
