import { Template } from '@huggingface/jinja';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { freeVariables } from './free-variables.js';
import { lineOfMistake, lineOfVariable } from './template-place.js';

/** One file of a prompt pack. */
export class PromptTemplate {
  readonly #template: Template;

  /**
   * @param path Named in errors.
   * @param variables What it may read; null: anything.
   * @throws EvosiftError `bad_config` where the source is no Jinja, or reads another variable.
   */
  constructor(
    readonly path: string,
    readonly source: string,
    variables: readonly string[] | null,
  ) {
    try {
      this.#template = new Template(source);
    } catch (error) {
      const text = `${placed(path, lineOfMistake(source))}: the template can't be parsed: ${messageOf(error)}`;
      throw new EvosiftError('bad_config', text, { cause: error });
    }
    if (variables === null) return;
    const unknown = freeVariables(this.#template).find((name) => !variables.includes(name));
    if (unknown === undefined) return;
    const known = variables.length === 0 ? 'this prompt has none' : `this prompt has ${variables.join(', ')}`;
    throw new EvosiftError(
      'bad_config',
      `${placed(path, lineOfVariable(source, unknown))}: unknown variable ${unknown}; ${known}`,
    );
  }

  /** @throws EvosiftError `bad_config` where the template fails on these values. */
  render(variables: Readonly<Record<string, unknown>>): string {
    try {
      return this.#template.render({ ...variables }).trim();
    } catch (error) {
      throw new EvosiftError('bad_config', `${this.path}: the template can't be rendered: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

const placed = (path: string, line: number | null): string => (line === null ? path : `${path}:${line}`);
