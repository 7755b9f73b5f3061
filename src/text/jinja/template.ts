import * as jinja from '@huggingface/jinja';
import { own } from '../../base/own.js';
import { FILTERS, TESTS } from './filters.js';
import { methodOf } from './python-methods.js';
import { combined, operandOf } from './python-operators.js';
import {
  dataValue,
  elements,
  isDict,
  isList,
  isString,
  isUndefined,
  iterated,
  listOf,
  printed,
  valueOf,
  type Value,
} from './python-values.js';

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
    const environment = new Environment();
    for (const [name, value] of Object.entries(variables)) {
      if (typeof value === 'function') environment.set(name, value);
      else environment.setVariable(name, dataValue(value));
    }
    return String(new PythonInterpreter(environment).run(this.#program).value);
  }
}

// The library's own declarations do not resolve under "NodeNext": its types are named here as far as they are used.

type Test = (...values: readonly Value[]) => boolean;

interface Environment {
  readonly variables: ReadonlyMap<string, Value>;
  readonly tests: ReadonlyMap<string, Test>;
  set(name: string, value: unknown): void;
  setVariable(name: string, value: Value): void;
  lookupVariable(name: string): Value;
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
  readonly lhs?: Node;
  readonly left?: Node;
  readonly right?: Node;
  readonly operator?: { readonly value: string };
  readonly name?: Node;
  readonly test?: Node;
  readonly negate?: boolean;
  readonly body?: readonly Node[];
}

interface LibraryInterpreter {
  run(program: Node): Value;
  evaluate(node: Node, environment: Environment): Value;
  evaluateBlock(nodes: readonly Node[], environment: Environment): Value;
  evaluateArguments(nodes: readonly Node[], environment: Environment): [Value[], Map<string, Value>];
}

const LibraryInterpreter = jinja.Interpreter as unknown as new (environment: Environment) => LibraryInterpreter;

const Environment = jinja.Environment as unknown as new (parent?: Environment) => Environment;

/** The end of a turn of a loop before its body's; `text` is what the turn has printed, which the library forgets. */
class TurnEnd extends Error {
  text = '';

  constructor(readonly ends: 'Break' | 'Continue') {
    super();
  }
}

/** What a template is made of beside expressions, which are printed. */
const STATEMENTS = new Set('Set If For Macro CallStatement FilterStatement Break Continue Comment LoopBody'.split(' '));

/** Filters of the library's own that make a string of what is none. */
const STRING_FILTERS = new Set(['upper', 'lower', 'indent', 'replace']);

class PythonInterpreter extends LibraryInterpreter {
  override evaluate(node: Node, environment: Environment): Value {
    switch (node?.type) {
      case 'BinaryExpression':
        return this.#binary(node, environment);
      case 'CallExpression':
        return this.#call(node, environment);
      case 'MemberExpression':
        return this.#member(node, environment);
      case 'FilterExpression':
        return this.#filter(node, environment);
      case 'TestExpression':
        return this.#test(node, environment);
      case 'Macro':
        return this.#macro(node, environment);
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
        else if (isString(value)) text += String(value.value);
      }
    } catch (error) {
      if (error instanceof TurnEnd) error.text = text + error.text;
      throw error;
    }
    return valueOf(text);
  }

  #binary(node: Node, environment: Environment): Value {
    const { left, right, operator } = node;
    const sign = operator?.value ?? '';
    if (sign === 'and' || sign === 'or' || left === undefined || right === undefined) {
      return super.evaluate(node, environment);
    }
    const a = operandOf(sign, this.evaluate(left, environment));
    const b = operandOf(sign, this.evaluate(right, environment));
    const result = combined(sign, a, b);
    return result ?? super.evaluate({ ...node, left: constant(a), right: constant(b) }, environment);
  }

  #filter(node: Node, environment: Environment): Value {
    const { operand, filter } = node;
    if (operand === undefined || filter === undefined) return super.evaluate(node, environment);
    const value = this.evaluate(operand, environment);
    const isCall = filter.type === 'CallExpression';
    const name = String(isCall ? filter.callee?.value : filter.value);
    const corrected = own(FILTERS, name);
    if (corrected === undefined) {
      const text = STRING_FILTERS.has(name) ? valueOf(printed(value)) : null;
      const list = name === 'sort' ? listOf(iterated(value)) : null;
      return super.evaluate({ ...node, operand: constant(text ?? list ?? value) }, environment);
    }
    const [values, named] = isCall ? this.evaluateArguments(filter.args ?? [], environment) : [[], new Map()];
    return corrected({
      operand: value,
      values,
      named,
      filter: (other, one, given) => {
        const inner: Node = { type: 'FilterExpression', operand: constant(one), filter: filterNode(other, given) };
        return this.evaluate(inner, environment);
      },
      test: (other, one, given) => this.#tested(other, one, given, environment),
    });
  }

  #test({ operand, test, negate }: Node, environment: Environment): Value {
    const value = operand === undefined ? valueOf(undefined) : this.evaluate(operand, environment);
    return valueOf(this.#tested(String(test?.value), value, [], environment) !== (negate === true));
  }

  #tested(name: string, value: Value, values: readonly Value[], environment: Environment): boolean {
    const test: Test | undefined = own(TESTS, name) ?? environment.tests.get(name);
    if (test === undefined) throw new Error(`Unknown test: ${name}`);
    return test(value, ...values);
  }

  /** Methods as Python has them. */
  #call(node: Node, environment: Environment): Value {
    const { callee, args = [] } = node;
    if (callee?.type !== 'MemberExpression' || callee.computed === true || callee.object === undefined) {
      return super.evaluate(node, environment);
    }
    const object = this.evaluate(callee.object, environment);
    const name = String(callee.property?.value);
    const method = methodOf(object, name);
    if (method !== undefined) return method(...this.evaluateArguments(args, environment));
    return super.evaluate({ ...node, callee: { ...callee, object: constant(object) } }, environment);
  }

  #member(node: Node, environment: Environment): Value {
    const { object, property, computed } = node;
    if (object === undefined || property === undefined) return super.evaluate(node, environment);
    const value = this.evaluate(object, environment);
    if (isUndefined(value)) throw new TypeError(`a field of what is undefined: ${String(property.value)}`);
    if (computed !== true || property.type === 'SliceExpression') {
      return super.evaluate({ ...node, object: constant(value) }, environment);
    }
    const key = this.evaluate(property, environment);
    if (isDict(value) && !isString(key)) return valueOf(undefined);
    const indexed = isString(value) && key.type === 'IntegerValue' ? listOf(iterated(value)) : value;
    return super.evaluate({ ...node, object: constant(indexed), property: constant(key) }, environment);
  }

  /** A macro sees the names of where it stands, not of where it is called. */
  #macro(node: Node, environment: Environment): Value {
    const result = super.evaluate(node, environment);
    const macro = environment.lookupVariable(String(node.name?.value)) as {
      value: (values: readonly Value[], scope: Environment) => Value;
    };
    const run = macro.value;
    macro.value = (values, scope) => {
      const inner = new Environment(environment);
      const caller = scope.variables.get('caller');
      if (caller !== undefined) inner.setVariable('caller', caller);
      return run(values, inner);
    };
    return result;
  }

  /** A loop runs through strings, too, and not at all through what is undefined. Tuples are unpacked as lists are. */
  #for(node: Node, environment: Environment): Value {
    const { iterable } = node;
    const isSelect = iterable?.type === 'SelectExpression';
    const source = isSelect ? iterable.lhs : iterable;
    if (source === undefined) return super.evaluate(node, environment);
    const turns = iterated(this.evaluate(source, environment));
    const list = constant(listOf(turns.map((one) => (isList(one) ? listOf(elements(one)) : one))));
    const body = [{ type: 'LoopBody', body: node.body, value: { broken: false } }];
    const loop = { ...node, iterable: isSelect ? { ...iterable, lhs: list } : list, body };
    return super.evaluate(loop as Node, environment);
  }

  /**
   * One turn of a loop, which forgets the variables that it sets. The library's own way out of it would lose what was
   * printed: it is taken a turn later.
   */
  #turn({ body = [], value }: Node, environment: Environment): Value {
    const state = value as { broken: boolean };
    if (state.broken) return super.evaluate({ type: 'Break' }, environment);
    try {
      return this.evaluateBlock(body, new Environment(environment));
    } catch (error) {
      if (!(error instanceof TurnEnd)) throw error;
      state.broken = error.ends === 'Break';
      return valueOf(error.text);
    }
  }
}

/** A value in the place of what it came of, which is not to be evaluated twice. */
const constant = (value: Value): Node => ({ type: 'Value', value });

const filterNode = (name: string, values: readonly Value[]): Node => {
  const called: Node = { type: 'Identifier', value: name };
  return values.length === 0 ? called : { type: 'CallExpression', callee: called, args: values.map(constant) };
};
