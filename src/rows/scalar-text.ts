/** A string as it is, a number or a truth value as JSON writes it; null of anything else. */
export function scalarText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const isScalar = typeof value === 'boolean' || typeof value === 'bigint' || Number.isFinite(value);
  return isScalar ? String(value) : null;
}
