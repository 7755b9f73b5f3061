import { own } from '../../base/own.js';
import { STRING_METHODS } from './python-strings.js';
import {
  elements,
  entries,
  entryOf,
  equal,
  isDict,
  isList,
  isString,
  itemsOf,
  iterated,
  listOf,
  valueOf,
  type Value,
} from './python-values.js';

type Method = (values: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

/** What a method of a dict gives, also where the dict has a key of that name. */
const DICT_METHODS: Readonly<Record<string, (dict: Value, values: readonly Value[]) => Value>> = {
  items: itemsOf,
  keys: (dict) => listOf(iterated(dict)),
  values: (dict) => listOf(entries(dict).map(([, value]) => value)),
  get: (dict, [key = valueOf(null), fallback = valueOf(null)]) => entryOf(dict, key) ?? fallback,
};

/** What a method of a list gives. */
const LIST_METHODS: Readonly<Record<string, (list: Value, values: readonly Value[]) => Value>> = {
  index: (list, [item = valueOf(undefined)]) => {
    const at = elements(list).findIndex((one) => equal(one, item));
    if (at < 0) throw new Error('the item is not in the list');
    return valueOf(at);
  },
  count: (list, [item = valueOf(undefined)]) => valueOf(elements(list).filter((one) => equal(one, item)).length),
};

/** A method as Python has it, of a value that is called by `object.name()`; undefined where the library's own does. */
export function methodOf(object: Value, name: string): Method | undefined {
  if (isString(object)) {
    const method = own(STRING_METHODS, name);
    return method && ((values, named) => valueOf(method(String(object.value), { values, named })));
  }
  const method = own(isDict(object) ? DICT_METHODS : isList(object) ? LIST_METHODS : {}, name);
  return method && ((values) => method(object, values));
}
