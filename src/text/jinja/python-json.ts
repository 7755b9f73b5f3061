import { compareTexts, elements, entries, floatText, isTrue, repr, type Value } from './python-values.js';

/** Named arguments of the filter `tojson`, those of Python's `json.dumps`. */
type Settings = ReadonlyMap<string, Value>;

/** Python's `json.dumps` of a value, as Hugging Face calls it. @throws TypeError for what JSON cannot say */
export function jsonText(value: Value, settings: Settings): string {
  const indent = settings.get('indent');
  const width = indent?.type === 'IntegerValue' ? Number(indent.value) : null;
  const separators = settings.get('separators');
  const [comma = width === null ? ', ' : ',', colon = ': '] =
    separators === undefined || separators.type === 'NullValue'
      ? []
      : elements(separators).map((one) => String(one.value));
  const is = (name: string): boolean => {
    const setting = settings.get(name);
    return setting !== undefined && isTrue(setting);
  };
  const [isAscii, isSorted] = [is('ensure_ascii'), is('sort_keys')];

  const text = (plain: string): string => {
    const quoted = JSON.stringify(plain);
    return isAscii ? quoted.replace(/[\x7f-\uffff]/g, escaped) : quoted;
  };
  const wrapped = (open: string, inner: readonly string[], close: string, depth: number): string => {
    if (width === null || inner.length === 0) return open + inner.join(comma) + close;
    const line = (level: number): string => `\n${' '.repeat(width * level)}`;
    return open + line(depth + 1) + inner.join(comma + line(depth + 1)) + line(depth) + close;
  };
  const write = (one: Value, depth: number): string => {
    switch (one.type) {
      case 'NullValue':
        return 'null';
      case 'BooleanValue':
      case 'IntegerValue':
        return String(one.value);
      case 'FloatValue':
        return floatText(Number(one.value));
      case 'StringValue':
        return text(String(one.value));
      case 'ArrayValue':
      case 'TupleValue': {
        const inner = elements(one).map((element) => write(element, depth + 1));
        return wrapped('[', inner, ']', depth);
      }
      case 'ObjectValue': {
        const pairs = isSorted ? entries(one).sort(([a], [b]) => compareTexts(a, b)) : entries(one);
        const inner = pairs.map(([key, element]) => `${text(key)}${colon}${write(element, depth + 1)}`);
        return wrapped('{', inner, '}', depth);
      }
      default:
        throw new TypeError(`there is no JSON of ${repr(one)}`);
    }
  };
  return write(value, 0);
}

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
