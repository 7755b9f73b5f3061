import type { Template } from '@huggingface/jinja';

type SyntaxNode = { readonly type: string } & Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** What Jinja itself knows by name. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'true',
  'True',
  'false',
  'False',
  'none',
  'None',
  'range',
  'namespace',
  'loop',
]);

/** Where an identifier of a node names no variable: attributes, arguments, filters and tests. */
const NAMES_ONLY: Readonly<Record<string, string>> = {
  KeywordArgumentExpression: 'key',
  FilterExpression: 'filter',
  TestExpression: 'test',
};

/** Where a node gives variables their names. */
const BINDING: Readonly<Record<string, readonly string[]>> = {
  For: ['loopvar'],
  Set: ['assignee'],
  Macro: ['name', 'args'],
  CallStatement: ['callerArgs'],
};

/** Names that a template reads and neither sets itself nor has from Jinja, in the order of their first use. */
export function freeVariables(template: Template): readonly string[] {
  const read = new Set<string>();
  const bound = new Set(BUILT_IN);
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (value instanceof Map) return [...value].flat().forEach(visit);
    if (!isNode(value)) return;
    if (value.type === 'Identifier') read.add(String(value['value']));
    for (const field of BINDING[value.type] ?? []) identifiers(value[field]).forEach((name) => bound.add(name));
    for (const [field, part] of Object.entries(value)) {
      if (field === NAMES_ONLY[value.type]) argumentsOf(part).forEach(visit);
      else if (!(value.type === 'MemberExpression' && field === 'property' && value['computed'] !== true)) visit(part);
    }
  };
  visit(template.parsed.body);
  return [...read].filter((name) => !bound.has(name));
}

/** Arguments of a filter or test that has some; its name is no variable. */
const argumentsOf = (part: unknown): readonly unknown[] =>
  isNode(part) && part.type === 'CallExpression' && Array.isArray(part['args']) ? part['args'] : [];

function identifiers(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(identifiers);
  if (!isNode(value)) return [];
  if (value.type === 'Identifier') return [String(value['value'])];
  if (value.type === 'TupleLiteral') return identifiers(value['value']);
  return value.type === 'KeywordArgumentExpression' ? identifiers(value['key']) : [];
}
