import { canonicalJson, isRecord } from '../base/json.js';

/** Not in manifests of earlier versions: such a run takes the number of the start that goes on with it. */
const LATER_FIELDS: readonly string[] = ['step_tokens', 'score.step_tokens'];

/** Not in those either, and what they did. */
const LATER_DEFAULTS: Readonly<Record<string, unknown>> = {
  reasoning: 'include',
  special_tokens: 'control',
  template_kwargs: null,
};

/**
 * Where two identities differ, `there` against `here`, a phrase for each, e.g. `recipe is "paper" there and "aligned"
 * here`; fields in `except` are not looked at. Empty where they agree.
 */
export function identityDifferences<Identity extends object>(
  there: Identity,
  here: Identity,
  except: readonly (keyof Identity & string)[] = [],
): string[] {
  const fields = [...new Set([...Object.keys(there), ...Object.keys(here)])] as (keyof Identity & string)[];
  return fields
    .filter((field) => !except.includes(field))
    .flatMap((field) => differences(field, there[field], here[field]));
}

function differences(name: string, there: unknown, here: unknown): string[] {
  if (canonicalJson(there) === canonicalJson(here)) return [];
  if (LATER_FIELDS.includes(name) && (there === undefined || here === undefined)) return [];
  const former = LATER_DEFAULTS[name.replace(/^score\./, '')];
  if (former !== undefined && canonicalJson(there ?? former) === canonicalJson(here ?? former)) return [];
  if (name === 'data.files') return ['the data have changed'];
  if (isRecord(there) && isRecord(here)) {
    const keys = [...new Set([...Object.keys(there), ...Object.keys(here)])];
    return keys.flatMap((key) => differences(`${name}.${key}`, there[key], here[key]));
  }
  return [`${name} is ${shown(there)} there and ${shown(here)} here`];
}

/** Hashes are cut: their first digits tell them apart. */
function shown(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, '$1…');
}
