/** Parses what a viewer sends: it may come from anybody who has the token, and is believed in nothing. */
import { hubVersion, type ViewerMessage } from "../protocol/hub";

/** Longer names are none of ours. */
const longestText = 4096;
const mostKernels = 64;

/** @throws {SyntaxError} it is not a viewer's message */
export function parseViewerMessage(text: string): ViewerMessage {
  const fields = fieldsOf(text);
  const stream = () => ({ run: string(fields.run, "run"), stage: string(fields.stage, "stage") });
  switch (fields.kind) {
    case "hello":
      if (fields.version !== hubVersion) {
        throw refusal(`its version is ${shown(fields.version)}, this hub's is ${hubVersion}`);
      }
      return { version: hubVersion, kind: "hello", token: string(fields.token, "token") };
    case "follow":
      return {
        kind: "follow",
        ...stream(),
        ...optional("cursor", fields.cursor),
        ...optional("heatMapCursor", fields.heatMapCursor),
        ...(fields.kernels !== undefined && { kernels: kernels(fields.kernels) }),
      };
    case "unfollow":
      return { kind: "unfollow", ...stream() };
    case "heat-map":
      return {
        kind: "heat-map",
        ...stream(),
        at: whole(fields.at, "at"),
        step: whole(fields.step, "step"),
        kernel: string(fields.kernel, "kernel"),
      };
    default:
      throw refusal(`there is no kind ${shown(fields.kind)}`);
  }
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusal("it is not JSON");
  }
  if (typeof value !== "object" || value === null) throw refusal("it is not an object");
  return value as Readonly<Record<string, unknown>>;
}

function string(value: unknown, name: string): string {
  if (typeof value === "string" && value.length <= longestText) return value;
  throw refusal(`its ${name} is ${shown(value)}, not a text of at most ${longestText} characters`);
}

function optional<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: string(value, name) } as Record<Name, string>);
}

function whole(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refusal(`its ${name} is ${shown(value)}, not a whole number`);
}

function kernels(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length <= mostKernels) {
    return value.map((kernel: unknown) => string(kernel, "kernels"));
  }
  throw refusal(`its kernels are not a list of at most ${mostKernels} names`);
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 60);
}

function refusal(reason: string): SyntaxError {
  return new SyntaxError(`Cannot serve the message: ${reason}`);
}
