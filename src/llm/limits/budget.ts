import { EvosiftError } from '../../base/errors.js';

export interface BudgetLimits {
  /** Requests that may be sent, each attempt counted; null: any number. */
  readonly requests: number | null;
  /** Tokens of prompts and answers; null: any number. */
  readonly tokens: number | null;
}

/**
 * What a start may spend. An attempt reserves the most that it may cost and settles what it did; so a budget is overspent
 * only where an estimate was too low.
 */
export class Budget {
  #requests = 0;
  #spent = 0;
  #reserved = 0;

  constructor(private readonly limits: BudgetLimits) {}

  /** Reserves, or says that it must `wait` for what is in flight, or that there is not enough left (the error). */
  reserve(tokens: number): 'reserved' | 'wait' | EvosiftError {
    const { requests: mostRequests, tokens: mostTokens } = this.limits;
    if (mostRequests !== null && this.#requests >= mostRequests) {
      return spent(`all ${mostRequests} requests of the budget are sent`, 'budgetRequests');
    }
    if (mostTokens !== null && this.#spent + this.#reserved + tokens > mostTokens) {
      if (this.#reserved > 0) return 'wait';
      const left = Math.max(0, mostTokens - this.#spent);
      return spent(`${left} of ${mostTokens} tokens are left, and a request may take ${tokens}`, 'budgetTokens');
    }
    this.#requests++;
    this.#reserved += tokens;
    return 'reserved';
  }

  settle(reserved: number, used: number): void {
    this.#reserved -= reserved;
    this.#spent += used;
  }
}

const spent = (what: string, option: string): EvosiftError =>
  new EvosiftError(
    'budget_spent',
    `The budget is spent: ${what}\ngive the same command again, or a larger \`${option}\`, to go on`,
    { option },
  );
