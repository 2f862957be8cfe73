import { defineConfig } from 'vitest/config';

/** The slower lane: real processes, real kubectl, a real terminal. Needs dist/ (the launcher builds it). */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // Real processes and real seconds on machines that others use, too.
    retry: 1,
    globalSetup: ['test/e2e/setup.ts'],
  },
});
