import { hash } from 'node:crypto';
import { constantSchedule } from '../evolve/schedule.js';
import type { Operation, Schedule } from '../evolve/variant.js';

/** A method, and what trials and journal call it. */
export interface Method {
  readonly id: string;
  readonly text: string;
}

/** Hex sha-256 of a method's text. */
export const methodHash = (text: string): string => hash('sha256', text);

/** The operation that evolves by a method. */
export const autoOperation = (method: string): Operation => ({
  name: 'auto',
  prompt: 'evolve-by-method',
  variables: { method },
  breadth: false,
});

/** A schedule that always evolves by the method. */
export const autoSchedule = (method: string): Schedule => constantSchedule(autoOperation(method));
