import {
  compareTexts,
  contains,
  elements,
  equal,
  isList,
  isNumber,
  isString,
  listOf,
  printed,
  valueOf,
  type Value,
} from './python-values.js';

/** Operators that make a number of numbers. */
const ARITHMETIC = new Set(['+', '-', '*', '/', '//', '%']);

/** A value as an operator takes it: in sums, a truth value is a number. */
export const operandOf = (sign: string, value: Value): Value =>
  value.type === 'BooleanValue' && ARITHMETIC.has(sign) ? valueOf(Number(value.value)) : value;

/** What Python makes of two values; null where the library makes the same. */
export function combined(sign: string, a: Value, b: Value): Value | null {
  switch (sign) {
    case '==':
    case '!=':
      return valueOf(equal(a, b) === (sign === '=='));
    case 'in':
    case 'not in':
      return valueOf(contains(b, a) === (sign === 'in'));
    case '~':
      return valueOf(printed(a) + printed(b));
    case '+':
      if (isString(a) === isString(b)) return null;
      throw new TypeError(`a string cannot be joined to what is none (${a.type} + ${b.type})`);
    case '*':
      return isNumber(a) ? repeated(b, a) : repeated(a, b);
    case '%':
      return a.type === 'IntegerValue' && b.type === 'IntegerValue' && Number(b.value) !== 0
        ? valueOf(((Number(a.value) % Number(b.value)) + Number(b.value)) % Number(b.value))
        : null;
    default:
      return isString(a) && isString(b) ? compared(sign, compareTexts(String(a.value), String(b.value))) : null;
  }
}

/** A string or a list some times over; null for others. */
function repeated(value: Value, times: Value): Value | null {
  if (times.type !== 'IntegerValue') return null;
  const count = Math.max(0, Number(times.value));
  if (isString(value)) return valueOf(String(value.value).repeat(count));
  return isList(value) ? listOf(Array.from({ length: count }, () => elements(value)).flat()) : null;
}

function compared(sign: string, order: number): Value | null {
  if (sign === '<') return valueOf(order < 0);
  if (sign === '<=') return valueOf(order <= 0);
  if (sign === '>') return valueOf(order > 0);
  return sign === '>=' ? valueOf(order >= 0) : null;
}
