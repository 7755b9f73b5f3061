import { holdsMarker } from '../../ask/answers/marker.js';
import type { Evolved, Eliminator } from './eliminator.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

/** What evolution prompts call things by; an instruction that speaks so was copied from one or comments on itself. */
const PROMPT_TERMS: readonly string[] = [
  'given prompt',
  'rewritten prompt',
  'created prompt',
  'new prompt',
  'given instruction',
  'original instruction',
  'original prompt',
  'rewritten instruction',
  'instruction to edit',
  'rewritten version of the',
];

/** WizardLM's own list. */
const PUBLISHED_TERMS: readonly string[] = ['given prompt', 'rewritten prompt', 'created prompt'];

/** Runs of this many words are not written twice by chance. */
const COPIED_WORDS = 8;

/** `#Two Words#`, as the published prompts mark their parts. */
const HASH_MARKER = /#[\p{L}][\p{L} ]{1,40}#/gu;

export const markerLeak: Eliminator = {
  name: 'marker_leak',
  examine({ instruction, parent, marker, prompt }) {
    const own = promptAlone(prompt, parent);
    const tags = own.match(/<\/?[a-z_]+>/g) ?? [];
    const markers = [...(own.match(HASH_MARKER) ?? []), ...tags, ...(marker === null ? [] : [marker])];
    const leaked = markers.find((one) => holdsMarker(instruction, one) && !holdsMarker(textOf(parent), one));
    return leaked === undefined ? null : `It holds ${leaked}, a marker of the prompt.`;
  },
};

export const promptLeak: Eliminator = {
  name: 'prompt_leak',
  examine: (candidate) => leakedTerm(candidate, PROMPT_TERMS) ?? copiedRun(candidate),
};

export const publishedPromptLeak: Eliminator = {
  name: 'prompt_leak',
  examine: (candidate) => leakedTerm(candidate, PUBLISHED_TERMS) ?? leakedHashMarker(candidate),
};

/** A prompt without the texts of the row in it. */
const promptAlone = (prompt: string, { instruction, input }: Evolved['parent']): string =>
  [instruction, input]
    .filter((text) => text.trim() !== '')
    .reduce((rest, text) => rest.replaceAll(text.trim(), '\n'), prompt);

const textOf = ({ instruction, input }: Evolved['parent']): string => `${instruction}\n${input}`;

const spaced = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ');

function leakedTerm({ instruction, parent }: Evolved, terms: readonly string[]): string | null {
  const [text, about] = [spaced(instruction), spaced(textOf(parent))];
  const term = terms.find((one) => text.includes(one) && !about.includes(one));
  return term === undefined ? null : `It speaks of the ${JSON.stringify(term)}, as prompts do.`;
}

function leakedHashMarker({ instruction, parent }: Evolved): string | null {
  const marker = (instruction.match(HASH_MARKER) ?? []).find((one) => !holdsMarker(textOf(parent), one));
  return marker === undefined ? null : `It holds ${marker}, which looks like a marker of a prompt.`;
}

function copiedRun({ instruction, parent, prompt }: Evolved): string | null {
  const words = wordsOf(instruction);
  const [own, about] = [promptAlone(prompt, parent), textOf(parent)].map((text) => ` ${wordsOf(text).join(' ')} `);
  for (let at = 0; at + COPIED_WORDS <= words.length; at++) {
    const run = ` ${words.slice(at, at + COPIED_WORDS).join(' ')} `;
    if (own?.includes(run) === true && about?.includes(run) === false) return `It copies the prompt: ${shown(run)}.`;
  }
  return null;
}
