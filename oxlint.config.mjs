/** The rooms of src/, from the top to the bottom: each may import from those below it. */
const ROOMS = [
  'cli',
  'bench',
  'analyze',
  'judge',
  'autoif',
  'verify',
  'evolve',
  'auto-evol',
  'operations',
  'ask',
  'rank',
  'score',
  'sandbox',
  'llm',
  'nli',
  'embed',
  'neighbors',
  'engine',
  'models',
  'text',
  'runs',
  'rows',
  'hub',
  'machine',
  'database',
  'files',
  'async',
  'statistics',
  'base',
];

const downwards = ROOMS.map((room, place) => ({
  files: [`src/${room}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: ROOMS.slice(0, place).map((above) => ({
          group: [`**/${above}/**`],
          message: `Imports run downwards, and ${room} stands below ${above}.`,
        })),
      },
    ],
  },
}));

export default {
  plugins: ['typescript', 'unicorn', 'import'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'import/no-cycle': 'error',
    'unicorn/no-array-sort': 'off',
  },
  overrides: [
    ...downwards,
    {
      // The command line does nothing that the API can't; what is measured has no API.
      files: ['src/cli/**'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                group: ['../*/**', '!../*/index.js', '!../{base,bench}/**'],
                message: 'The command line uses what the API offers: the index.js of a room.',
              },
            ],
          },
        ],
      },
    },
    {
      files: ['test/**'],
      rules: { 'typescript/no-non-null-assertion': 'off', 'unicorn/consistent-function-scoping': 'off' },
    },
  ],
  ignorePatterns: ['dist', 'build', '/models', 'test/fixtures'],
};
