import type { RankedPreview } from '../rank/preview.js';

interface Ranking {
  readonly by: string;
  readonly kept: number;
  readonly top: readonly RankedPreview[];
  readonly bottom: readonly RankedPreview[];
}

const LEAST_TEXT = 20;

/** The top and bottom of a ranking as lines of at most `width` characters; instructions are cut to fit. */
export function rankingTable({ by, kept, top, bottom }: Ranking, width: number): string {
  const shown = [...top, ...bottom];
  const withTurns = shown.some(({ turn }) => turn !== null);
  const head = ['rank', by, ...(by === 'ifd' ? [] : ['ifd']), 'row', ...(withTurns ? ['turn'] : [])];
  const cells = shown.map((row) => [
    String(row.rank),
    number(row.value),
    ...(by === 'ifd' ? [] : [number(row.ifd)]),
    String(row.index),
    ...(withTurns ? [row.turn === null ? '' : String(row.turn)] : []),
  ]);
  const widths = head.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const taken = widths.reduce((sum, own) => sum + own + 2, 0);
  const line = (row: readonly string[], text: string): string =>
    `${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}  ${text}\n`;
  const lines = shown.map((row, position) =>
    line(cells[position] ?? [], cut(row.instruction, Math.max(LEAST_TEXT, width - taken))),
  );
  const hidden = kept - shown.length;
  if (hidden > 0) lines.splice(top.length, 0, `${'…'.padStart(widths[0] ?? 0)}  ${hidden} more\n`);
  return [line(head, 'instruction'), ...lines].join('');
}

/** Seven significant digits tell two scores apart. */
const number = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? '' : Number.isInteger(value) ? String(value) : value.toPrecision(7);

function cut(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join('')}…`;
}
