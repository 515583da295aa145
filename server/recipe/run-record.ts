/** run.json as it may lie on a disk: anybody may have written it, or a part of it. */
import type { RunRecord, StageState } from "../protocol/run";

type Json = Readonly<Record<string, unknown>>;

const texts = ["name", "created_by", "started_at", "engine", "device"] as const;
const states: readonly unknown[] = [
  "waiting",
  "running",
  "stopped",
  "failed",
  "done",
] satisfies StageState[];
const kinds: readonly unknown[] = ["train", "fuse", "import", "evaluate"];

/** The record, or what is wrong with it, as the end of a sentence about the file. */
export function parseRunRecord(json: unknown): RunRecord | { readonly problem: string } {
  if (!isObject(json) || json.version !== 1) {
    const version = isObject(json) ? JSON.stringify(json.version) : undefined;
    return { problem: `is of another version (${version ?? "none"}; this program knows 1)` };
  }
  const text = texts.find((key) => typeof json[key] !== "string");
  if (text !== undefined) return { problem: `is damaged: ${text} is not a text` };
  if (typeof json.threads !== "number") return { problem: "is damaged: threads is not a number" };
  const { stages } = json;
  if (!isObject(stages)) return { problem: "is damaged: it has no stages" };
  const bad = Object.keys(stages).find((name) => !isStage(stages[name]));
  if (bad !== undefined) return { problem: `is damaged: stages.${bad} has no kind or state` };
  const { revisions = {} } = json;
  const commits = isObject(revisions) ? Object.values(revisions) : [undefined];
  if (!commits.every((commit) => /^[0-9a-f]{40}$/.test(String(commit)))) {
    return { problem: "is damaged: revisions has what is no commit" };
  }
  // Everything else in it is optional, and looked at where it is used.
  return json as unknown as RunRecord;
}

function isStage(value: unknown): boolean {
  return isObject(value) && states.includes(value.state) && kinds.includes(value.kind);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
