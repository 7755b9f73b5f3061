import { parseJson } from '../rows/readers/json-text.js';

/**
 * JSON text of a value as the readers give it: integers beyond 2^53 are bigint, a lone surrogate becomes U+FFFD.
 *
 * @param infinity What an infinite number becomes: `literal` as Python writes it and the readers take it, or `null`.
 */
export function jsonOf(value: unknown, infinity: 'literal' | 'null' = 'literal'): string {
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'bigint') return String(value);
  if (value === Infinity || value === -Infinity) return infinity === 'literal' ? String(value) : 'null';
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item, infinity)).join(',')}]`;
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const members = Object.entries(value).map(([name, inner]) => `${jsonOf(name)}:${jsonOf(inner, infinity)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** JSON text without NaN and Infinity literals, which other readers may not take: they become null. */
export const strictJson = (json: Buffer): Buffer =>
  json.includes('NaN') || json.includes('Infinity') ? Buffer.from(jsonOf(parseJson(json.toString()), 'null')) : json;

/** JSON text without escaped lone surrogates, which SQL text can't hold. */
export const wellFormedJson = (json: string): string =>
  /\\u[dD][89a-fA-F]/.test(json) ? jsonOf(parseJson(json)) : json;
