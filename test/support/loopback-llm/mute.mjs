import answer from './answer.mjs';

/** Edits instructions as `answer.mjs` does, and has nothing to say to anything else. */
export default (body, hash) => (body.messages.at(-1).content.includes('<instruction>') ? answer(body, hash) : '');
