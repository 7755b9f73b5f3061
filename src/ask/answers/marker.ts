/**
 * What stands behind the marker, trimmed: from its last place that has anything behind it, since models speak of a
 * marker before they use it and some write it once more at the end. Case, spaces and Markdown around the marker don't
 * matter; without its signs (`#…#`) it counts where it is a heading or a line's label.
 *
 * @param about Where the text that was asked about holds the marker itself, the first place counts.
 * @returns Null where the marker is missing; empty where there is nothing behind it.
 */
export function afterMarker(answer: string, marker: string, about = ''): string | null {
  const found = matchesOf(answer, marker);
  if (found.length === 0) return null;
  if (matchesOf(about, marker).length > 0) return answer.slice(found[0]?.to).trim();
  const sections = found.map(({ to }, i) => answer.slice(to, found[i + 1]?.from).trim());
  return sections.findLast((section) => section !== '') ?? '';
}

/**
 * What stands behind each of the marker's places that has anything behind it, trimmed; a place behind another on the same
 * line belongs to what that one is followed by.
 *
 * @returns Null where the marker is missing.
 */
export function afterMarkers(answer: string, marker: string): readonly string[] | null {
  const all = matchesOf(answer, marker);
  const found = all.filter(({ from }, i) => i === 0 || answer.slice(all[i - 1]?.to, from).includes('\n'));
  if (found.length === 0) return null;
  return found.map(({ to }, i) => answer.slice(to, found[i + 1]?.from).trim()).filter((section) => section !== '');
}

/** Whether the text holds the marker as it is written, spaces and case aside. */
export const holdsMarker = (text: string, marker: string): boolean => asWritten(marker).test(text);

interface Match {
  readonly from: number;
  readonly to: number;
}

function matchesOf(text: string, marker: string): readonly Match[] {
  const exact = matches(text, atItsPlace(marker));
  return exact.length > 0 ? exact : matches(text, asLabel(marker));
}

const matches = (text: string, pattern: RegExp): readonly Match[] =>
  [...text.matchAll(pattern)].map(({ 0: match, index }) => ({ from: index, to: index + match.length }));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const wordsOf = (marker: string): string =>
  (marker.match(/[\p{L}\p{N}]+/gu) ?? []).map(escaped).join('[^\\p{L}\\p{N}\\n]+');

function asWritten(marker: string): RegExp {
  const [, before = '', inner = '', after = ''] = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su.exec(marker.trim()) ?? [];
  // A sign stands for several of it, "##" for "#"; a colon may be full-width.
  const spaced = (signs: string): string =>
    [...signs.replace(/\s/g, '').replace(/(.)\1+/gsu, '$1')]
      .map((sign) => `(?:${sign === ':' ? '[:：]' : escaped(sign)}[ \\t]{0,4}){1,8}`)
      .join('');
  const words = inner.trim().split(/\s+/).map(escaped).join('\\s+');
  return new RegExp(`(?:\\*\\*|__)?${spaced(before)}${words}[ \\t]*${spaced(after)}${BEHIND}`, 'giu');
}

/** A label begins its line, behind signs, a number and "Final" or the like: "Confidence score: 10" has another one. */
function atItsPlace(marker: string): RegExp {
  const { source, flags } = asWritten(marker);
  const begins = /^\s*[\p{L}\p{N}]/u.test(marker) ? LINE_BEGIN : '';
  return new RegExp(`${begins}${source}`, `${flags}m`);
}

const LINE_BEGIN =
  '(?<=^[^\\p{L}\\p{N}\\n]{0,16}(?:\\d{1,2}[.)][^\\p{L}\\p{N}\\n]{0,16})?(?:(?:the|my|final|overall|total)[ \\t]+){0,3})';

const asLabel = (marker: string): RegExp =>
  new RegExp(
    `^[ \\t]*#*[ \\t]*(?:\\*\\*|__)?[ \\t]*${wordsOf(marker)}[ \\t]*#*[ \\t]*(?:\\*\\*|__)?(?::${BEHIND}|[ \\t]*$)`,
    'gimu',
  );

const BEHIND = '(?:[ \\t]*(?:\\*\\*|__))?(?:[ \\t]*:)?(?:[ \\t]*(?:\\*\\*|__))?';
