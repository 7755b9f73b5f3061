import { canonicalJson, isRecord } from '../base/json.js';
import { own } from '../base/own.js';
import type { Message, Role } from './example.js';
import { REASONING_FIELDS, toolCall } from './message-parts.js';
import { parseJson } from './readers/json-text.js';
import { RowProblem, wrongType } from './row-problem.js';
import { scalarText } from './scalar-text.js';

type Fields = Readonly<Record<string, unknown>>;

const ROLES: Readonly<Record<string, Role>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  model: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  function_call: 'assistant',
  tool_call: 'assistant',
  system: 'system',
  developer: 'system',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
  ipython: 'tool',
  tool_response: 'tool',
};

/** Roles whose text is the calls themselves. */
const CALL_ROLES = new Set(['function_call', 'tool_call']);

/** The role that a name stands for; undefined where it is none. */
export function roleOf(name: string): Role | undefined {
  return own(ROLES, keyOf(name));
}

const keyOf = (name: string): string => name.trim().toLowerCase();

/** A message of a ShareGPT list (from, value) or an OpenAI one (role, content). Throws a `RowProblem`. */
export function parseMessage(turn: unknown, place: string): Message {
  if (!isRecord(turn)) throw wrongType(place, turn, 'an object');
  // Arrow files give a message the null fields of all others.
  const isThere = (key: string): boolean => (turn[key] ?? null) !== null;
  const isShareGpt = !isThere('role') && 'from' in turn;
  const keys = {
    role: isShareGpt ? 'from' : 'role',
    text: isThere('content') || (!isShareGpt && !isThere('value')) ? 'content' : 'value',
  };
  const { [keys.role]: name, [keys.text]: value, ...others } = turn;
  if (typeof name !== 'string') throw wrongType(`${place}.${keys.role}`, name, 'a string');
  const role = roleOf(name);
  if (role === undefined) throw new RowProblem('unknown_role', `field '${place}.${keys.role}': unknown role '${name}'`);

  // Templates know some roles by names of their own; those of users and assistants they know by these alone.
  const hasOwnName = !isShareGpt && (role === 'system' || role === 'tool') && name !== role;
  const fields: Fields = { ...present(isShareGpt ? known(others) : others), ...(hasOwnName && { role: name }) };
  if (role === 'tool') return { role, ...toolResult(value, `${place}.${keys.text}`, fields) };
  if (role !== 'assistant') return message(role, textOf(value, `${place}.${keys.text}`), fields);

  const context = ['weight', 'train', 'training'].some((field) => isOff(fields[field]));
  const answer = CALL_ROLES.has(keyOf(name))
    ? callMessage(value, `${place}.${keys.text}`, fields)
    : assistantMessage(value, `${place}.${keys.text}`, withCalls(fields, place));
  return context ? { ...answer, context } : answer;
}

/** A weight of nothing, however it is written. */
const isOff = (value: unknown): boolean => /^(?:0|0?\.0+|false)$/i.test(String(value ?? '').trim());

function assistantMessage(value: unknown, place: string, fields: Fields): Message {
  for (const field of REASONING_FIELDS) {
    if (typeof fields[field] === 'object')
      throw wrongType(`${place.replace(/\.[a-z]+$/, '')}.${field}`, fields[field], 'text');
  }
  // Where there is no text, a template is given none: it prints otherwise than an empty one does.
  if ((value ?? null) === null && hasParts(fields)) return message('assistant', '', { ...fields, content: null });
  const { text, thought } = contentOf(value, place);
  const isNew = thought !== undefined && !hasReasoning(fields);
  return message('assistant', text, isNew ? { ...fields, reasoning_content: thought } : fields);
}

function message(role: Role, content: string, fields: Fields): Message {
  return Object.keys(fields).length === 0 ? { role, content } : { role, content, fields };
}

const hasReasoning = (fields: Fields): boolean => REASONING_FIELDS.some((field) => field in fields);

const hasParts = (fields: Fields): boolean => 'tool_calls' in fields || hasReasoning(fields);

/** Fields that are not null: Arrow files give every message those of all others. */
const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => (value ?? null) !== null));

const KNOWN = [
  'name',
  'tool_calls',
  'tool_call_id',
  'function_call',
  'weight',
  'train',
  'training',
  ...REASONING_FIELDS,
];

const known = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => KNOWN.includes(name)));

/** The fields with `tool_calls`, which may be JSON text, or OpenAI's older `function_call`, as templates read them. */
function withCalls(fields: Fields, place: string): Fields {
  const { function_call: single, tool_calls: several, ...others } = fields;
  const value = [several, single].find((one) => one !== undefined && !/^\s*(?:null)?\s*$/.test(String(one)));
  if (value === undefined) return others;
  const name = value === several ? 'tool_calls' : 'function_call';
  const calls = typeof value === 'string' ? jsonOf(value) : value;
  if (calls === undefined) {
    throw new RowProblem('malformed_row', `field '${place}.${name}' is text that is no valid JSON`);
  }
  const list: readonly unknown[] = Array.isArray(calls) ? calls : [calls];
  const wrong = list.findIndex((call) => toolCall(call) === null);
  if (wrong >= 0) {
    const field = Array.isArray(calls) ? `${name}[${wrong}]` : name;
    throw new RowProblem('malformed_row', `field '${place}.${field}' is no tool call: an object with a name`);
  }
  if (list.length === 0) return others;
  return { ...others, tool_calls: value === several ? list : list.map(wrapped) };
}

/** A message that is calls alone, as JSON of one or of a list; other text is taken as it stands. */
function callMessage(value: unknown, place: string, fields: Fields): Message {
  const calls = typeof value === 'string' ? jsonOf(value) : value;
  const list: readonly unknown[] = Array.isArray(calls) ? calls : [calls];
  if (list.length > 0 && list.every((call) => toolCall(call) !== null)) {
    return { role: 'assistant', content: '', fields: { ...fields, tool_calls: list.map(wrapped) } };
  }
  return { ...message('assistant', textOf(value, place), fields), callsInText: true };
}

/** As OpenAI writes a call. */
const wrapped = (call: unknown): unknown =>
  isRecord(call) && isRecord(call['function']) ? call : { type: 'function', function: call };

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** What a tool answered: text, or a value that templates print in their own way. */
function toolResult(value: unknown, place: string, fields: Fields): Omit<Message, 'role'> {
  const isData = isRecord(value) || (Array.isArray(value) && !value.every((part) => isTextPart(part)));
  if (!isData) {
    const { content, fields: also } = message('tool', textOf(value, place), fields);
    return also === undefined ? { content } : { content, fields: also };
  }
  return { content: canonicalJson(value), fields: { ...fields, content: value } };
}

const isTextPart = (part: unknown): boolean => typeof part === 'string' || (isRecord(part) && 'type' in part);

/** Kinds of parts that hold a thought. */
const THOUGHTS = new Set(['thinking', 'reasoning', 'reasoning_content']);

const isThought = (part: unknown): boolean => isRecord(part) && THOUGHTS.has(String(part['type']));

interface Content {
  readonly text: string;
  readonly thought?: string;
}

/** An assistant's text, or its text parts and thoughts joined as chat templates join them: end to end. */
function contentOf(content: unknown, place: string): Content {
  if (!Array.isArray(content)) return { text: textOf(content, place) };
  const text = textOf(
    content.map((part: unknown) => (isThought(part) ? '' : part)),
    place,
  );
  const thoughts = content.filter(isThought).map((part: Fields) => thoughtOf(part, place));
  return thoughts.length === 0 ? { text } : { text, thought: thoughts.join('') };
}

function thoughtOf(part: Fields, place: string): string {
  const kind = String(part['type']);
  return textOf(part[kind] ?? part['text'] ?? part['content'], `${place} of type '${kind}'`);
}

/** A text, or text parts joined end to end. */
function textOf(content: unknown, place: string): string {
  const whole = scalarText(content);
  if (whole !== null) return whole;
  if (!Array.isArray(content)) throw wrongType(place, content, 'text');
  return content
    .map((part: unknown, position) => {
      if (typeof part === 'string') return part;
      if (!isRecord(part)) throw wrongType(`${place}[${position}]`, part, 'a text part');
      if ((part['type'] ?? 'text') === 'text' && (typeof part['text'] === 'string' || part['text'] === null)) {
        return part['text'] ?? '';
      }
      const kind = typeof part['type'] === 'string' ? `of type '${part['type']}'` : 'without text';
      throw new RowProblem('non_text_content', `field '${place}[${position}]' is a part ${kind}`);
    })
    .join('');
}
