const TAG = /<(\/?)(?:think|thinking|thought|reasoning)>/gi;

/** An answer and the thinking that was in it. */
export interface SplitAnswer {
  /** The answer without its thinking, trimmed. */
  readonly text: string;
  /** Empty where the answer holds none. */
  readonly thinking: string;
}

/**
 * Takes out what a reasoning model thought aloud: `<think>…</think>` that begins a line, an opening tag without its
 * end, or an end without its opening (some chat templates write that themselves). Tags in code or amid a sentence are
 * part of the text, and so is every tag where the text that was asked about holds some itself.
 *
 * @param about What was asked about.
 */
export function splitThinking(answer: string, about: string): SplitAnswer {
  if (about.search(TAG) >= 0) return { text: answer.trim(), thinking: '' };
  const kept: string[] = [];
  const thoughts: string[] = [];
  let from = 0;
  let openedAt: number | null = null;
  for (const { 0: tag, 1: slash, index } of withoutCode(answer).matchAll(TAG)) {
    const end = index + tag.length;
    if (openedAt !== null) {
      if (slash === '') continue;
      thoughts.push(answer.slice(openedAt, index));
      [from, openedAt] = [end, null];
    } else if (slash === '' && beginsLine(answer, index)) {
      kept.push(answer.slice(from, index));
      openedAt = end;
    } else if (slash !== '' && thoughts.length === 0 && (beginsLine(answer, index) || endsLine(answer, end))) {
      thoughts.push(answer.slice(from, index));
      from = end;
    }
  }
  if (openedAt === null) kept.push(answer.slice(from));
  else thoughts.push(answer.slice(openedAt));
  return { text: kept.join('').trim(), thinking: thoughts.join('\n').trim() };
}

const withoutCode = (text: string): string =>
  text.replace(/```[\s\S]*?```|`[^`\n]*`/g, (code) => ' '.repeat(code.length));

const beginsLine = (text: string, at: number): boolean => text.slice(text.lastIndexOf('\n', at) + 1, at).trim() === '';

const endsLine = (text: string, at: number): boolean => (text.slice(at).split('\n', 1)[0] ?? '').trim() === '';
