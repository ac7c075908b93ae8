import { defineConfig } from "vitest/config";
import { UncheckedReporter } from "./tests/support/uncheckedReporter.js";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ["default", new UncheckedReporter()],
  },
});
