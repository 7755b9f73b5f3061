import { alignColumns } from '../base/columns.js';
import type { RankedPreview } from '../rank/index.js';

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
  const [title = '', ...numbers] = alignColumns(
    [head, ...cells],
    head.map(() => 'right'),
  );
  const lines = shown.map((row, position) => {
    const own = numbers[position] ?? '';
    return `${own}  ${cut(row.instruction, Math.max(LEAST_TEXT, width - own.length - 2))}\n`;
  });
  const hidden = kept - shown.length;
  if (hidden > 0)
    lines.splice(top.length, 0, `${'…'.padStart(title.indexOf('rank') + 'rank'.length)}  ${hidden} more\n`);
  return [`${title}  instruction\n`, ...lines].join('');
}

/** Seven significant digits tell two scores apart. */
const number = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? '' : Number.isInteger(value) ? String(value) : value.toPrecision(7);

function cut(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join('')}…`;
}
