import { parseShare, shareOf } from '../../runs/share.js';
import type { ByMeasure, MeasureName } from '../measures.js';
import type { RowTable } from '../rows/row-table.js';
import { spearman } from '../../statistics/spearman.js';
import { topOverlaps } from '../../statistics/top-overlaps.js';

/** What rows are commonly chosen by: are they the same rows? */
const RANKED_BY = ['icIfd', 'ifd', 'lossQ', 'tokensInstruction', 'tokensA'] as const satisfies MeasureName[];

const SHARES = { top5: '5%', top10: '10%', top20: '20%' } as const;

/** How far two measures order a run's rows alike. */
export interface MeasureAgreement {
  /** Rows that have both. */
  readonly rows: number;
  /** Rank correlation, from -1 to 1; null where one measure is the same everywhere. */
  readonly spearman: number | null;
  /** Of the rows highest by one, the share that is as high by the other; null where such a share is no row. */
  readonly overlap: Readonly<Record<keyof typeof SHARES, number | null>>;
}

export interface AgreementReport {
  readonly run: string;
  /** Scored seeds of an evolution, which are not looked at. */
  readonly seedsLeftOut: number;
  /** Of two measures, under the first one's name the second one's. */
  readonly pairs: ByMeasure<ByMeasure<MeasureAgreement>>;
}

/** The agreement of each two measures that a run's rows have; of an evolution, those that it made. */
export async function agreementOf(table: RowTable, run: string): Promise<AgreementReport> {
  const columns = await table.columns(RANKED_BY, run, { withoutSeeds: true });
  const pairs = RANKED_BY.map((a, place) => {
    const others = RANKED_BY.slice(place + 1).map((b) => [b, agreement(columns[a], columns[b])] as const);
    return [a, Object.fromEntries(others.filter(([, { rows }]) => rows > 0))] as const;
  });
  return {
    run,
    seedsLeftOut: await table.seeds(run),
    pairs: Object.fromEntries(pairs.filter(([, others]) => Object.keys(others).length > 0)),
  };
}

function agreement(a: Float64Array, b: Float64Array): MeasureAgreement {
  const hasBoth = (_: number, row: number): boolean => !Number.isNaN((a[row] ?? NaN) + (b[row] ?? NaN));
  const [left, right] = [a.filter(hasBoth), b.filter(hasBoth)];
  const counts = Object.values(SHARES).map((share) => shareOf(parseShare(share, 'share'), left.length));
  const overlaps = topOverlaps(left, right, counts);
  return {
    rows: left.length,
    spearman: spearman(left, right),
    overlap: Object.fromEntries(
      Object.keys(SHARES).map((name, place) => [name, overlaps[place]]),
    ) as MeasureAgreement['overlap'],
  };
}
