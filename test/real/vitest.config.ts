import { defineConfig } from 'vitest/config';

/** Tests against real things, which the usual run leaves out. */
export default defineConfig({ test: { include: ['test/real/**/*.test.ts'], testTimeout: 60_000 } });
