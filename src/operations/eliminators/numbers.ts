import { wordsOf } from '../../ask/answers/words.js';

/** Digits of a number, with separators, that belong to no name such as COVID-19 or H2O. Chinese writes no space before. */
const NUMBER =
  /(?<![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Nd}_]|\p{L}-)\p{Nd}+(?:[.,'’\u00a0\u202f]\p{Nd}+)*/gu;

/** Places in a list rather than quantities. */
const LIST_NUMBER = /^[ \t]*\(?\p{Nd}{1,3}[.)](?=\s)/gmu;

/** Without those that are more often something else: "un", "due", "cent". */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  '0': ['zero', 'zéro', 'cero'],
  '1': ['one', 'once', 'eins'],
  '2': ['two', 'twice', 'double', 'pair', 'couple', 'both', 'zwei', 'doppelt', 'deux', 'dos', 'dois', 'duas'],
  '3': ['three', 'triple', 'drei', 'trois', 'tres', 'tre', 'três'],
  '4': ['four', 'vier', 'quatre', 'cuatro', 'quattro', 'quatro'],
  '5': ['five', 'fünf', 'cinq', 'cinco', 'cinque'],
  '6': ['six', 'sechs', 'seis'],
  '7': ['seven', 'sieben', 'sept', 'siete', 'sette', 'sete'],
  '8': ['eight', 'acht', 'huit', 'ocho', 'otto', 'oito'],
  '9': ['nine', 'neun', 'neuf', 'nueve', 'nove'],
  '10': ['ten', 'zehn', 'dix', 'diez', 'dieci', 'dez'],
  '11': ['eleven', 'elf', 'onze', 'undici'],
  '12': ['twelve', 'dozen', 'zwölf', 'dutzend', 'douze', 'doce', 'dodici', 'doze'],
  '13': ['thirteen', 'dreizehn', 'treize', 'trece'],
  '14': ['fourteen', 'vierzehn', 'quatorze', 'catorce'],
  '15': ['fifteen', 'fünfzehn', 'quinze', 'quince'],
  '16': ['sixteen', 'sechzehn', 'seize', 'dieciséis'],
  '17': ['seventeen', 'siebzehn', 'diecisiete'],
  '18': ['eighteen', 'achtzehn', 'dieciocho'],
  '19': ['nineteen', 'neunzehn', 'diecinueve'],
  '20': ['twenty', 'zwanzig', 'vingt', 'veinte', 'venti', 'vinte'],
  '30': ['thirty', 'dreißig', 'trente', 'treinta', 'trenta', 'trinta'],
  '40': ['forty', 'vierzig', 'quarante', 'cuarenta', 'quaranta', 'quarenta'],
  '50': ['fifty', 'half', 'fünfzig', 'cinquante', 'cincuenta', 'cinquanta', 'cinquenta', 'hälfte', 'moitié', 'mitad'],
  '60': ['sixty', 'sechzig', 'soixante', 'sesenta'],
  '70': ['seventy', 'siebzig', 'setenta'],
  '80': ['eighty', 'achtzig', 'ochenta'],
  '90': ['ninety', 'neunzig', 'noventa'],
  '100': ['hundred', 'hundert', 'cien', 'ciento', 'cento', 'cem'],
  '1000': ['thousand', 'tausend', 'mille', 'mil'],
  '1000000': ['million', 'millions', 'millionen', 'millón', 'milhão'],
};

const VALUES: ReadonlyMap<string, string> = new Map(
  Object.entries(WORDS).flatMap(([value, words]) => words.map((word) => [word, value] as const)),
);

/** The different numbers that a text writes in digits, of any script, as `1234.5`. */
export const digitNumbers = (text: string): ReadonlySet<string> =>
  new Set((text.replace(LIST_NUMBER, ' ').match(NUMBER) ?? []).map(plain));

/** Those, and the numbers that it writes in words of English and its neighbours. */
export function allNumbers(text: string): ReadonlySet<string> {
  const words = wordsOf(text).map((word) => VALUES.get(word));
  return new Set([...digitNumbers(text), ...words.filter((value) => value !== undefined)]);
}

function plain(number: string): string {
  const digits = number
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)))
    .replace(/[,'’\s](?=\d{3}(?!\d))/g, '')
    .replace(',', '.');
  const value = Number(digits);
  return Number.isFinite(value) ? String(value) : digits;
}

/** Every script's digits stand in the order 0 to 9, one run apart from the others. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  for (let value = 0; value < 9; value++) {
    if (!/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) return value;
  }
  return code < 0x80 ? code - 0x30 : 9;
}
