import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/support/temporary-folder.ts'],
    testTimeout: 60_000,
    hookTimeout: 600_000,
    projects: ['unit', 'native', 'integration'].map((name) => ({
      extends: true,
      test: { name, include: [`test/${name}/**/*.test.ts`] },
    })),
  },
});
