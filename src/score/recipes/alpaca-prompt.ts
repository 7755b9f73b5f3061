/** The prompt of Stanford Alpaca, https://github.com/tatsu-lab/stanford_alpaca. */
export const ALPACA = {
  opening: {
    plain:
      'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n',
    withInput:
      'Below is an instruction that describes a task, paired with an input that provides further context. ' +
      'Write a response that appropriately completes the request.\n\n',
  },
  instruction: '### Instruction:\n',
  input: '### Input:\n',
  response: '### Response:',
} as const;
