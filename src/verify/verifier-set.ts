import { constraintId, type CheckFunction, type Verifier } from './verifier.js';

/** Verifiers by constraint. A constraint that comes again adds its functions; a function is kept once. */
export class VerifierSet {
  readonly #verifiers = new Map<string, Verifier>();
  readonly #functions = new Map<string, CheckFunction>();
  #longestFirst: readonly Verifier[] | null = null;

  add({ id, constraint, functions }: Verifier): void {
    const own = new Map(this.#verifiers.get(id)?.functions.map((one) => [one.id, one]));
    for (const one of functions) own.set(one.id, own.get(one.id) ?? this.#shared(one));
    this.#verifiers.set(id, { id, constraint, functions: [...own.values()] });
    this.#longestFirst = null;
  }

  /** One text for functions that files repeat row by row. */
  #shared(one: CheckFunction): CheckFunction {
    const known = this.#functions.get(one.id);
    if (known !== undefined) return { ...one, code: known.code };
    this.#functions.set(one.id, one);
    return one;
  }

  get verifiers(): readonly Verifier[] {
    return [...this.#verifiers.values()];
  }

  /** @param name A constraint's id, or its text. */
  find(name: string): Verifier | null {
    return this.#verifiers.get(name.trim()) ?? this.#verifiers.get(constraintId(name)) ?? null;
  }

  /** Those whose constraint stands in a text; not where it is only a part of a longer one that stands there. */
  within(text: string): readonly Verifier[] {
    this.#longestFirst ??= this.verifiers.toSorted((a, b) => b.constraint.length - a.constraint.length);
    const found: Verifier[] = [];
    let rest = text;
    for (const verifier of this.#longestFirst) {
      if (!rest.includes(verifier.constraint)) continue;
      found.push(verifier);
      rest = rest.replaceAll(verifier.constraint, '\0');
    }
    return found;
  }
}
