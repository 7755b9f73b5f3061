/**
 * Constraints on answers that others are made of: each can be checked by code on the text alone, contradicts nothing in
 * itself and can be met on any subject.
 */
export const SEED_CONSTRAINTS: readonly string[] = [
  // How long
  'Keep your answer under 60 words',
  'Write at least 150 words',
  'Answer in exactly three sentences',
  'Use no more than 280 characters',
  'Write exactly five lines, none of them empty',
  'Let no sentence be longer than 12 words',
  'Give an answer whose word count is an even number',
  'Split your answer into exactly two paragraphs with an empty line between them',
  // Which words
  'Mention the word "river" at least twice',
  'Do not use the words "very", "really" or "just"',
  'Use every word at most once',
  'Start every sentence with a different word',
  'Begin your answer with the word "Yes" or the word "No"',
  'Let the first word and the last word of your answer be the same',
  'Use no word of more than eight letters',
  'Include at least three words of ten or more letters',
  'Use the word "because" exactly once',
  // Which letters
  'Do not use the letter "z"',
  'Let every line begin with a vowel',
  'Let the first letters of your lines spell "TEA"',
  'Use the letter "m" at least ten times',
  'End every sentence with a word whose last letter is "s"',
  // Case
  'Write everything in lower case',
  'Write your first line in capital letters and the rest in lower case',
  'Capitalise the first letter of every word',
  // Numbers and signs
  'Include exactly four numbers written in digits',
  'Use no digits; spell all numbers out',
  'Use no commas',
  'End your answer with a question mark',
  'Put at least two words in square brackets',
  'Use exactly one exclamation mark',
  'Separate your sentences by semicolons in place of full stops',
  'Include a time of day in the form HH:MM',
  // Form
  'Answer with a numbered list of four items',
  'Answer with a JSON object that has the keys "answer" and "reason"',
  'Give your answer as a Markdown table with two columns',
  'Write a title in double angle brackets, such as <<Title>>, on the first line',
  'Finish with a line that begins with "P.S."',
  'Put exactly one sentence in bold, with two asterisks on each side of it',
  'Divide your answer into two sections headed "Part 1" and "Part 2"',
  'Wrap your whole answer in double quotation marks',
  'Put each sentence on a line of its own that starts with a dash',
];
