import type { Answered, Asker, Question } from '../llm/question.js';

/** How far a part of a run is: a round, or a step of Auto-Evol's optimiser. */
export interface QuestionPart {
  /** With what is done in it at the moment, where there is more to say: `step 2 of 10, candidate 3 of 5`. */
  readonly name: string;
  /** Questions that were answered or given up on. */
  readonly answered: number;
  readonly planned: number;
}

interface Part {
  answered: number;
  planned: number;
  status: string;
}

/** The questions of a run by part: those that are answered, of those that are planned as far as is known by now. */
export class Questions {
  readonly #parts = new Map<string, Part>();

  /** Plans so many more; fewer where `count` is negative. */
  plan(name: string, count: number): void {
    this.#part(name).planned += count;
  }

  /** Says what is done in a part. */
  tell(name: string, status: string): void {
    this.#part(name).status = status;
  }

  /** What asks `planned` of a part's questions, as far as anybody can say, until it is disposed. */
  share(name: string, planned: number, asker: Asker): QuestionShare {
    return new QuestionShare(this.#part(name), planned, asker);
  }

  get parts(): QuestionPart[] {
    return Array.from(this.#parts, ([name, { answered, planned, status }]) => ({
      name: status === '' ? name : `${name}, ${status}`,
      answered,
      planned,
    }));
  }

  /** Questions that were answered, by part. */
  get answered(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#parts, ([name, { answered }]) => [name, answered]));
  }

  #part(name: string): Part {
    const part = this.#parts.get(name) ?? { answered: 0, planned: 0, status: '' };
    this.#parts.set(name, part);
    return part;
  }
}

class QuestionShare implements Asker, Disposable {
  #unasked: number;

  constructor(
    private readonly part: Part,
    planned: number,
    private readonly asker: Asker,
  ) {
    this.#unasked = planned;
  }

  async ask<Finding>(question: Question): Promise<Answered<Finding>> {
    // Plans are made for the case that nothing is thrown away: second tries come on top.
    if (this.#unasked > 0 && question.key.attempt === 0) this.#unasked--;
    else this.part.planned++;
    const answered = await this.asker.ask<Finding>(question);
    this.part.answered++;
    return answered;
  }

  /** What was not asked by now won't be. */
  [Symbol.dispose](): void {
    this.part.planned -= this.#unasked;
    this.#unasked = 0;
  }
}
