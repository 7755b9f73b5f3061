import * as jinja from '@huggingface/jinja';

/**
 * A Jinja template as Python's Jinja renders it: @huggingface/jinja, with what it does otherwise put right. Each
 * correction has a test that fails when the library no longer needs it.
 */
export class JinjaTemplate {
  readonly #program: Node;

  /** @throws Error where the source is no Jinja. */
  constructor(source: string) {
    // Python reads all line ends as newlines.
    this.#program = new jinja.Template(source.replace(/\r\n?/g, '\n')).parsed as unknown as Node;
  }

  /** @throws Error where the template raises one. */
  render(variables: Readonly<Record<string, unknown>>): string {
    const environment = new jinja.Environment() as unknown as Environment;
    for (const [name, value] of Object.entries(variables)) environment.set(name, value);
    return String(new PythonInterpreter(environment).run(this.#program).value);
  }
}

// The library's own declarations do not resolve under "NodeNext": its types are named here as far as they are used.

interface Value {
  readonly type: string;
  readonly value: unknown;
  toString(): string;
}

interface Environment {
  set(name: string, value: unknown): void;
}

interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly operand?: Node;
  readonly filter?: Node;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly computed?: boolean;
  readonly args?: readonly Node[];
  readonly iterable?: Node;
  readonly left?: Node;
  readonly right?: Node;
  readonly operator?: { readonly value: string };
  readonly body?: readonly Node[];
}

interface LibraryInterpreter {
  run(program: Node): Value;
  evaluate(node: Node, environment: Environment): Value;
  evaluateBlock(nodes: readonly Node[], environment: Environment): Value;
}

const LibraryInterpreter = jinja.Interpreter as unknown as new (environment: Environment) => LibraryInterpreter;

/** The end of a turn of a loop before its body's; `text` is what the turn has printed, which the library forgets. */
class TurnEnd extends Error {
  text = '';

  constructor(readonly ends: 'Break' | 'Continue') {
    super();
  }
}

/** What a template is made of beside expressions, which are printed. */
const STATEMENTS = new Set('Set If For Macro CallStatement FilterStatement Break Continue Comment LoopBody'.split(' '));

/** Filters that make a string of what is none. */
const STRING_FILTERS = new Set(['string', 'trim', 'upper', 'lower', 'title', 'capitalize', 'indent', 'replace']);

/** The ends of a text that a method strips. */
const STRIPS: Readonly<Record<string, readonly [left: boolean, right: boolean]>> = {
  strip: [true, true],
  lstrip: [true, false],
  rstrip: [false, true],
};

class PythonInterpreter extends LibraryInterpreter {
  override evaluate(node: Node, environment: Environment): Value {
    switch (node?.type) {
      case 'BinaryExpression':
        return this.#binary(node, environment);
      case 'CallExpression':
        return this.#strip(node, environment) ?? super.evaluate(node, environment);
      case 'FilterExpression':
        return this.#filter(node, environment);
      case 'For':
        return this.#for(node, environment);
      case 'LoopBody':
        return this.#turn(node, environment);
      case 'Break':
      case 'Continue':
        throw new TurnEnd(node.type);
      case 'Value':
        return node.value as Value;
      default:
        return super.evaluate(node, environment);
    }
  }

  /** Prints values as Python does, and keeps what was printed before a loop's turn ends. */
  override evaluateBlock(nodes: readonly Node[], environment: Environment): Value {
    let text = '';
    try {
      for (const node of nodes) {
        const value = this.evaluate(node, environment);
        if (!STATEMENTS.has(node.type)) text += printed(value);
        else if (value.type === 'StringValue') text += String(value.value);
      }
    } catch (error) {
      if (error instanceof TurnEnd) error.text = text + error.text;
      throw error;
    }
    return super.evaluate(literal(text), environment);
  }

  /** A string is joined to strings alone. */
  #binary(node: Node, environment: Environment): Value {
    const { left, right, operator } = node;
    if (operator?.value !== '+' || left === undefined || right === undefined) return super.evaluate(node, environment);
    const [a, b] = [this.evaluate(left, environment), this.evaluate(right, environment)];
    if ((a.type === 'StringValue') !== (b.type === 'StringValue')) {
      throw new TypeError(`a string cannot be joined to what is none (${a.type} + ${b.type})`);
    }
    return super.evaluate({ ...node, left: constant(a), right: constant(b) }, environment);
  }

  #filter(node: Node, environment: Environment): Value {
    const { operand, filter } = node;
    const name = String(filter?.type === 'CallExpression' ? filter.callee?.value : filter?.value);
    if (operand === undefined || !STRING_FILTERS.has(name)) return super.evaluate(node, environment);
    const text = printed(this.evaluate(operand, environment));
    if (name === 'string') return super.evaluate(literal(text), environment);
    if (name === 'trim') return this.#stripped(text, [true, true], filter?.args, environment);
    return super.evaluate({ ...node, operand: literal(text) }, environment);
  }

  /** The library's own methods take no notice of which characters are to be stripped. */
  #strip({ callee, args }: Node, environment: Environment): Value | null {
    if (callee?.type !== 'MemberExpression' || callee.computed === true || callee.object === undefined) return null;
    const name = String(callee.property?.value);
    const ends = Object.hasOwn(STRIPS, name) ? STRIPS[name] : undefined;
    if (ends === undefined) return null;
    const text = this.evaluate(callee.object, environment);
    return text.type === 'StringValue' ? this.#stripped(String(text.value), ends, args, environment) : null;
  }

  #stripped(
    text: string,
    ends: readonly [left: boolean, right: boolean],
    [argument]: readonly Node[] = [],
    environment: Environment,
  ): Value {
    const characters = argument === undefined ? null : this.evaluate(argument, environment);
    const given = characters?.type === 'StringValue' ? String(characters.value) : null;
    return super.evaluate(literal(stripped(text, ends, given)), environment);
  }

  /** A string is its characters, one by one. */
  #for(node: Node, environment: Environment): Value {
    let { iterable } = node;
    // One with a condition is evaluated by the loop, turn by turn.
    if (iterable !== undefined && iterable.type !== 'SelectExpression') {
      const value = this.evaluate(iterable, environment);
      const isString = value.type === 'StringValue';
      iterable = isString ? { type: 'ArrayLiteral', value: Array.from(String(value.value), literal) } : constant(value);
    }
    const loop = { ...node, iterable, body: [{ type: 'LoopBody', body: node.body, value: { broken: false } }] };
    return super.evaluate(loop as Node, environment);
  }

  /** One turn of a loop. The library's own way out of it would lose what was printed: it is taken a turn later. */
  #turn({ body = [], value }: Node, environment: Environment): Value {
    const state = value as { broken: boolean };
    if (state.broken) return super.evaluate({ type: 'Break' }, environment);
    try {
      return this.evaluateBlock(body, environment);
    } catch (error) {
      if (!(error instanceof TurnEnd)) throw error;
      state.broken = error.ends === 'Break';
      return super.evaluate(literal(error.text), environment);
    }
  }
}

const literal = (value: string): Node => ({ type: 'StringLiteral', value });

/** A value in the place of what it came of, which is not to be evaluated twice. */
const constant = (value: Value): Node => ({ type: 'Value', value });

/** Characters that Python's `str.strip` takes for blanks and JavaScript's `trim` does not. */
const ALSO_BLANK = new Set([0x1c, 0x1d, 0x1e, 0x1f, 0x85]);

const isBlank = (character: string): boolean =>
  (/\s/.test(character) && character !== '\ufeff') || ALSO_BLANK.has(character.charCodeAt(0));

function stripped(text: string, [left, right]: readonly [boolean, boolean], characters: string | null): string {
  const isStripped = characters === null ? isBlank : (character: string) => characters.includes(character);
  let from = 0;
  let to = text.length;
  if (left) while (from < to && isStripped(text.charAt(from))) from++;
  if (right) while (to > from && isStripped(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

/** Python's `str` of a value. */
function printed(value: Value): string {
  if (value.type === 'UndefinedValue') return '';
  return value.type === 'StringValue' ? String(value.value) : repr(value);
}

/** Python's `repr` of a value. */
function repr(value: Value): string {
  switch (value.type) {
    case 'NullValue':
    case 'UndefinedValue':
      return 'None';
    case 'BooleanValue':
      return value.value === true ? 'True' : 'False';
    case 'StringValue':
      return quoted(String(value.value));
    case 'ArrayValue':
      return `[${Array.from(value.value as Iterable<Value>, repr).join(', ')}]`;
    case 'ObjectValue': {
      const entries = Array.from(value.value as Iterable<[string, Value]>);
      return `{${entries.map(([key, one]) => `${quoted(key)}: ${repr(one)}`).join(', ')}}`;
    }
    default:
      return value.toString();
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
    return ESCAPES[character] ?? escapeOf(character.codePointAt(0) ?? 0);
  });
  return `${quote}${escaped}${quote}`;
}

function escapeOf(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
