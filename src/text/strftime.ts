const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const twoDigits = (value: number): string => String(value).padStart(2, '0');

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  '%': () => '%',
  A: (date) => DAYS[date.getUTCDay()] ?? '',
  B: (date) => MONTHS[date.getUTCMonth()] ?? '',
  H: (date) => twoDigits(date.getUTCHours()),
  M: (date) => twoDigits(date.getUTCMinutes()),
  S: (date) => twoDigits(date.getUTCSeconds()),
  Y: (date) => String(date.getUTCFullYear()),
  a: (date) => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
  b: (date) => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
  d: (date) => twoDigits(date.getUTCDate()),
  m: (date) => twoDigits(date.getUTCMonth() + 1),
  y: (date) => twoDigits(date.getUTCFullYear() % 100),
};

/** The directives of C's strftime that chat templates use, in UTC and English; others are left as they stand. */
export function strftime(format: string, date: Date): string {
  return format.replace(/%(.)/gu, (directive, letter: string) => DIRECTIVES[letter]?.(date) ?? directive);
}
