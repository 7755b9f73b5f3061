import { cellNumber, cellText, type TableLayout } from './table-layout.js';

/** The column without a name that holds the models. */
const MODEL = '';

/** Metrics of a leaderboard, and the column of their standard error. */
const METRICS: Readonly<Record<string, string | null>> = {
  win_rate: 'standard_error',
  length_controlled_winrate: 'lc_standard_error',
  discrete_win_rate: null,
  avg_length: null,
  output_length: null,
  n_wins: null,
  n_wins_base: null,
  n_draws: null,
  n_total: null,
};

const KNOWN = [MODEL, 'mode', ...Object.entries(METRICS).flat()];

/** A leaderboard of AlpacaEval, as its package writes it: a model a row. */
export const ALPACA_EVAL: TableLayout = {
  expected: `AlpacaEval's ,win_rate,standard_error,…`,
  fits: (columns) => columns.includes(MODEL) && columns.includes('win_rate'),
  unknown: (columns) => columns.filter((name) => !KNOWN.includes(name)),
  results: (row, where) => {
    const series = cellText(row, MODEL);
    if (series === null) return [];
    return Object.entries(METRICS).flatMap(([metric, error]) => {
      const value = cellNumber(row, metric, where);
      const stderr = error === null ? null : cellNumber(row, error, where);
      return value === null ? [] : [{ series, x: 'alpaca_eval', metric, value, stderr }];
    });
  },
};
