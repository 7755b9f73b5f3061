import { defineConfig } from 'vitest/config';

/** What `npm test` runs, and what has a command of its own: test:endurance, test:cuda. */
const PROJECTS = {
  unit: ['test/unit/**/*.test.ts'],
  native: ['test/native/**/*.test.ts'],
  integration: ['test/integration/**/*.test.ts'],
  endurance: ['test/endurance/**/*.test.ts', 'test/{native,integration}/**/*.endurance.test.ts'],
  cuda: ['test/cuda/**/*.test.ts'],
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/temporary-folder.ts'],
    // Many tests wait for processes and servers of their own.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 600_000,
    projects: Object.entries(PROJECTS).map(([name, include]) => ({
      extends: true,
      test: {
        name,
        include,
        env: { EVOSIFT_ENDURANCE: name === 'endurance' ? '1' : '' },
        ...(name === 'unit' && { testTimeout: 5_000 }),
      },
    })),
  },
});
