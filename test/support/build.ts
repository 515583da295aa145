import { execFileSync } from "node:child_process";

/** Builds the bundles once before the tests: workers and processes under test are the shipped ones. */
export function setup(): void {
  execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
}
