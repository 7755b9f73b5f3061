/**
 * The answer to a chat request, a function of the request alone: an instruction found in its last message, with one
 * more demand; where none is marked as such, of that message's last paragraph. Where the message demands a marker before
 * the result, it stands there.
 *
 * @param {{messages: readonly {role: string, content: string}[]}} body
 * @param {string} hash of the body, in hexadecimal
 * @returns {string}
 */
export default function answer(body, hash) {
  const prompt = body.messages.at(-1)?.content ?? '';
  const instruction =
    /<instruction>([\s\S]*?)<\/instruction>/.exec(prompt)?.[1] ??
    prompt
      .trim()
      .split(/\n\s*\n/)
      .at(-1);
  const marker = MARKERS.find((text) => prompt.includes(text));
  const pick = Number.parseInt(hash.slice(0, 6), 16);
  return `${marker === undefined ? '' : `${marker}\n`}${instruction.trim()} ${DEMANDS[pick % DEMANDS.length]}`;
}

const MARKERS = ['#Final Instruction#', '#New Method#'];

const DEMANDS = [
  'State every assumption that you rely on, and name the one whose failure would change your conclusion the most.',
  'Compare two different ways of reaching the result, and argue which of them a careful reader should trust more.',
  'Explain your reasoning to somebody who has never met this topic, without leaving out any intermediate conclusion.',
  'Also describe a realistic situation in which the obvious approach would fail, and how you would notice that early.',
];
