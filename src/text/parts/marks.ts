/** Which ends of a part marks are put at. A template may look at how a text begins, say, and see a mark there. */
export type Ends = readonly ('begin' | 'end')[];

/** Cuneiform numbers: signs that nothing trims, splits or escapes, and that have no other case. */
export const FIRST_SIGN = 0x12400;
const SIGNS = 100;

/** Where the marks of one number stand. */
export interface MarkPlaces {
  readonly begins: number[];
  readonly ends: number[];
}

export const NOWHERE: MarkPlaces = { begins: [], ends: [] };

/** Marks at the ends of texts, each a number between two signs that the conversation has not. */
export class Marks {
  readonly #pattern: RegExp;

  private constructor(
    readonly open: string,
    readonly close: string,
  ) {
    this.#pattern = new RegExp(`([${open}${close}])(\\d+)${close}`, 'gu');
  }

  static unlike(text: string): Marks {
    const signs = Array.from({ length: SIGNS }, (_, i) => String.fromCodePoint(FIRST_SIGN + i));
    const [open = '', close = ''] = signs.filter((sign) => !text.includes(sign));
    return new Marks(open, close);
  }

  around(text: string, number: number, ends: Ends): string {
    const before = ends.includes('begin') ? `${this.open}${number}${this.close}` : '';
    const behind = ends.includes('end') ? `${this.close}${number}${this.close}` : '';
    return before + text + behind;
  }

  /** The text without the marks, and where in it each begins and ends something. */
  takeOut(marked: string): { plain: string; places: Map<number, MarkPlaces> } {
    const places = new Map<number, MarkPlaces>();
    let plain = '';
    let copied = 0;
    for (const match of marked.matchAll(this.#pattern)) {
      const [whole, sign, digits] = match;
      plain += marked.slice(copied, match.index);
      copied = match.index + whole.length;
      const number = Number(digits);
      const place = places.get(number) ?? { begins: [], ends: [] };
      places.set(number, place);
      (sign === this.open ? place.begins : place.ends).push(plain.length);
    }
    return { plain: plain + marked.slice(copied), places };
  }
}
