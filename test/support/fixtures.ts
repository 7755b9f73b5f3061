import { join, resolve } from 'node:path';

const FIXTURES = resolve(import.meta.dirname, '../fixtures');

/** A file or folder of test/fixtures, whose README says what each is and who made it. */
export const fixture = (...parts: string[]): string => join(FIXTURES, ...parts);
