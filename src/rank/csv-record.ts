import { QUOTE } from '../files/bytes.js';

/** The byte ranges [start, end) of a CSV record's fields, quotes included. `record` has no line end. */
export function csvFieldRanges(record: Buffer, delimiter: string): [start: number, end: number][] {
  const separator = delimiter.charCodeAt(0);
  const ranges: [number, number][] = [];
  for (let start = 0; ;) {
    const next = record.indexOf(separator, afterQuotes(record, start));
    if (next < 0) {
      ranges.push([start, record.length]);
      return ranges;
    }
    ranges.push([start, next]);
    start = next + 1;
  }
}

/** The position after a quoted part that begins at `start`; `start` itself where none does. */
function afterQuotes(record: Buffer, start: number): number {
  if (record[start] !== QUOTE) return start;
  let at = start + 1;
  for (;;) {
    const quote = record.indexOf(QUOTE, at);
    if (quote < 0) return record.length;
    if (record[quote + 1] !== QUOTE) return quote + 1;
    at = quote + 2;
  }
}

/** A value as a CSV field (RFC 4180): quoted where it has to be. */
export function csvField(value: string, delimiter: string): string {
  const plain = !value.includes(delimiter) && !/["\r\n]/.test(value) && !/^\s|\s$/.test(value);
  return plain ? value : `"${value.replaceAll('"', '""')}"`;
}

/** The text of a JSON value as a CSV field holds it: strings bare, null empty, anything else as it is spelled. */
export function csvText(json: string): string {
  if (json === 'null') return '';
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}
