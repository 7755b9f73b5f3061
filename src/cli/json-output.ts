import { toSnakeCase } from '../base/snake-case.js';

/** Prints one JSON object, or array, in the files' spelling. */
export const printJson = (value: object): void => void process.stdout.write(`${JSON.stringify(toSnakeCase(value))}\n`);
