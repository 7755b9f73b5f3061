import { existsSync, readFileSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';

/** What `npm test` runs, and what has a command of its own: test:endurance, test:cuda. */
const PROJECTS = {
  unit: ['test/unit/**/*.test.ts'],
  native: ['test/native/**/*.test.ts'],
  integration: ['test/integration/**/*.test.ts'],
  endurance: ['test/endurance/**/*.test.ts', 'test/{native,integration}/**/*.endurance.test.ts'],
  cuda: ['test/cuda/**/*.test.ts'],
};

/** What runs things in sandboxes. */
const SANDBOXED = 'test/integration/{autoif,offline,sandbox,verify}*.test.ts';

/**
 * Inside chroot, where no mount is the root, the kernel makes no user namespaces, and so nothing makes a sandbox. Under CI
 * what can't be tested fails.
 */
const MOUNTS = '/proc/self/mountinfo';
const isInChroot = existsSync(MOUNTS) && !/^\d+ \d+ \S+ \S+ \/ /m.test(readFileSync(MOUNTS, 'utf8'));
const isLeftOut = isInChroot && !process.env.CI;
if (isLeftOut) console.warn(`Inside chroot no sandbox can be made: ${SANDBOXED} is left out.`);

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
        exclude: [...configDefaults.exclude, ...(isLeftOut ? [SANDBOXED] : [])],
        env: { EVOSIFT_ENDURANCE: name === 'endurance' ? '1' : '' },
        ...(name === 'unit' && { testTimeout: 5_000 }),
      },
    })),
  },
});
