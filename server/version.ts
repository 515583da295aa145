import { version } from "../package.json";

/** As checkpoints and runs name what made them. */
export const createdBy = `deep-fusion ${version}`;
