/**
 * fast-check with the same examples in every run, so that what fails once fails again: those of seed 1, or of what
 * DEEP_FUSION_TEST_SEED says.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.DEEP_FUSION_TEST_SEED ?? 1) });

export { fc };
