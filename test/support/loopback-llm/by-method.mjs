import answer from './answer.mjs';

/**
 * A model for which methods differ: it edits an instruction only where the method asks for one more thing, else it
 * gives it back as it is. Asked for a better method it gives one that does ask.
 */
export default function byMethod(body, hash) {
  const prompt = body.messages.at(-1).content;
  if (prompt.includes('#New Method#')) return `#New Method#\n1. Ask for one more thing, of kind ${hash.slice(0, 4)}.`;
  if (!prompt.includes('#Final Instruction#')) return answer(body, hash);
  const instruction = /<instruction>\s*([\s\S]*?)\s*<\/instruction>/.exec(prompt)[1];
  const evolved = prompt.includes('Ask for one more thing') ? answer(body, hash) : instruction;
  return `1. I read it.\n#Final Instruction#\n${evolved}`;
}
