import { describe, expect, it } from 'vitest';
import { ColumnProfile } from '../../../src/rank/column-profile.js';

describe('the type of a column of JSON values', () => {
  it.each([
    [['null'], 'VARCHAR'],
    [['"1"', '"2020-01-01"'], 'VARCHAR'],
    [['1', 'null', '-2'], 'BIGINT'],
    [['9007199254740993'], 'BIGINT'],
    [['-9223372036854775808', '9223372036854775807'], 'BIGINT'],
    [['9223372036854775808'], 'UBIGINT'],
    [['1', '18446744073709551615'], 'UBIGINT'],
    [['-1', '18446744073709551615'], 'DECIMAL(38,0)'],
    [['18446744073709551616'], 'DECIMAL(38,0)'],
    [['1'.repeat(38)], 'DECIMAL(38,0)'],
    [['1'.repeat(39)], 'VARCHAR'],
    [['1', '2.5', '1e3'], 'DOUBLE'],
    [['NaN', '-Infinity'], 'DOUBLE'],
    // A double can't hold the integer.
    [['9007199254740993', '0.5'], 'VARCHAR'],
    [['true', 'false'], 'BOOLEAN'],
    [['true', '1'], 'VARCHAR'],
    [['[1]', '{"a":1}'], 'NESTED'],
    [['[1]', '"x"'], 'VARCHAR'],
  ])('%j is %s', (values, expected) => {
    const profile = new ColumnProfile();
    for (const value of values) profile.add(value);
    expect(profile.type).toBe(expected);
  });
});

describe('the type of a column of CSV fields', () => {
  it.each([
    [['1', '', '-2'], 'BIGINT'],
    [['1.5', '2e-3'], 'DOUBLE'],
    [['007', '1'], 'VARCHAR'],
    [['+5'], 'VARCHAR'],
    [['', ''], 'VARCHAR'],
    [['true'], 'VARCHAR'],
    [['1', 'x'], 'VARCHAR'],
  ])('%j is %s', (fields, expected) => {
    const profile = new ColumnProfile();
    for (const field of fields) profile.addField(field);
    expect(profile.type).toBe(expected);
  });
});
