import { execFileSync } from "node:child_process";

/**
 * Builds the bundles once before the tests: workers and processes under test are the shipped ones. `npm test` has built
 * them for all its steps.
 */
export function setup(): void {
  if (process.env.DEEP_FUSION_BUNDLES === "built") return;
  execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
}
