import { contentionBench } from "./contention";
import { corpusBench } from "./corpus";
import { dashboardBench } from "./dashboard";
import { fuseBench } from "./fuse";
import { fusedBench } from "./fused";
import { gpuBench } from "./gpu";
import { languageBench } from "./language";
import { memoryBench } from "./memory";
import { precisionBench } from "./precision";
import { profileBench } from "./profile";
import { recomputeBench } from "./recompute";
import type { Bench } from "./result";
import { scaleBench } from "./scale";
import { startBench } from "./start";
import { stepBench } from "./step";
import { togetherBench } from "./together";

/** Every bench there is: import yours and add it here. */
export const benches: readonly Bench[] = [
  stepBench,
  fusedBench,
  startBench,
  contentionBench,
  corpusBench,
  dashboardBench,
  fuseBench,
  languageBench,
  memoryBench,
  precisionBench,
  profileBench,
  recomputeBench,
  scaleBench,
  togetherBench,
  gpuBench,
];
