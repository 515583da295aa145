/** What was run, where, when; and what came of it, in sentences. */
import type { ReportPayload, ReportRun } from "../../server/protocol/report";
import { wholeNumber } from "../charts/format";
import { deviceName } from "../device-name";
import { element } from "../dom";
import { summarise } from "./summary";

export function reportHeader(payload: ReportPayload): HTMLElement {
  const names = payload.runs.map(({ name }) => name).join(", ");
  return element(
    "header",
    {},
    element("h1", {}, names === "" ? "No runs" : names),
    ...payload.runs.map((run) => runFacts(run)),
    element(
      "div",
      { class: "summary" },
      ...payload.runs.flatMap((run) =>
        summarise(run).map((sentence) => element("p", {}, sentence)),
      ),
    ),
    element(
      "p",
      { class: "quiet" },
      `Report written ${dateTime(payload.createdAt)} by ${payload.createdBy}.`,
    ),
  );
}

function runFacts({ name, engine, device, threads, startedAt, stages }: ReportRun): HTMLElement {
  const facts: readonly (readonly [string, string])[] = [
    ["run", name],
    ["started", dateTime(startedAt)],
    ["engine", `${engine}, ${deviceName(device)}`],
    ["threads a stage", wholeNumber(threads)],
    ["stages", progressOf(stages.map(({ record }) => record.state))],
  ];
  return element(
    "dl",
    { class: "facts" },
    ...facts.map(([term, text]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, text)),
    ),
  );
}

/** "9 done, 1 running". */
function progressOf(states: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

/** In the reader's time zone, to the minute. */
function dateTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
}
