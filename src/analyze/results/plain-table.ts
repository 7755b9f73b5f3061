import { EvosiftError } from '../../base/errors.js';
import { cellNumber, cellText, type TableLayout } from './table-layout.js';

const COLUMNS = ['series', 'x', 'metric', 'value'];
const OPTIONAL = ['stderr'];

/** A table of one's own: `series,x,metric,value`, and `stderr` where it is known. */
export const PLAIN_TABLE: TableLayout = {
  expected: 'series,x,metric,value[,stderr]',
  fits: (columns) => COLUMNS.every((name) => columns.includes(name)),
  unknown: (columns) => columns.filter((name) => ![...COLUMNS, ...OPTIONAL].includes(name)),
  results: (row, where) => {
    const textOf = (column: string): string => {
      const text = cellText(row, column);
      if (text === null) throw new EvosiftError('bad_data', `${where}: column '${column}' is empty`);
      return text;
    };
    const value = cellNumber(row, 'value', where);
    if (value === null) return [];
    const stderr = cellNumber(row, 'stderr', where);
    return [{ series: textOf('series'), x: textOf('x'), metric: textOf('metric'), value, stderr }];
  },
};
