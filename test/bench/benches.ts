import { corpusBench } from "./corpus";
import { dashboardBench } from "./dashboard";
import { languageBench } from "./language";
import { memoryBench } from "./memory";
import type { Bench } from "./result";

/** Every bench there is: import yours and add it here. */
export const benches: readonly Bench[] = [corpusBench, dashboardBench, languageBench, memoryBench];
