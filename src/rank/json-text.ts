import { parseJson } from '../data/readers/json-text.js';

/** JSON text of a value as the readers give it: integers beyond 2^53 are bigint, a lone surrogate becomes U+FFFD. */
export function jsonOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.toWellFormed());
    case 'bigint':
      return String(value);
    case 'number':
      // As Python writes them, and as the readers take them.
      return Number.isFinite(value) || Number.isNaN(value) ? JSON.stringify(value) : String(value);
    case 'object':
      if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
      if (value !== null && Object.getPrototypeOf(value) === Object.prototype) {
        const members = Object.entries(value).map(([name, inner]) => `${jsonOf(name)}:${jsonOf(inner)}`);
        return `{${members.join(',')}}`;
      }
      return JSON.stringify(value) ?? 'null';
    default:
      return JSON.stringify(value) ?? 'null';
  }
}

/** JSON text without escaped lone surrogates, which SQL text can't hold. */
export const wellFormedJson = (json: string): string =>
  /\\u[dD][89a-fA-F]/.test(json) ? jsonOf(parseJson(json)) : json;
