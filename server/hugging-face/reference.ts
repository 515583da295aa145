/**
 * References to the Hugging Face Hub, as Python's huggingface_hub writes them:
 *
 *   hf://[models/]OWNER/NAME[@REVISION]            a model
 *   hf://datasets/OWNER/NAME[@REVISION]/PATH       a file of a data set, or a glob of files
 *
 * A revision is a branch, a tag or a commit; "/" in it is written as %2F, but in refs/pr/N and refs/convert/NAME.
 */
import { isSafePath } from "./safe-path";

export interface HubReference {
  readonly kind: "model" | "dataset";
  /** "owner/name". */
  readonly repository: string;
  readonly revision: string;
  /** Inside the repository; "" is all of it. */
  readonly path: string;
}

export type ReadReference =
  | { readonly reference: HubReference }
  /** `problem` without its full stop; `allowed` is what may stand there. */
  | { readonly problem: string; readonly allowed: string };

const scheme = "hf://";
const longest = 1024;
const usualRevision = "main";

export const referenceForms = {
  model: "hf://OWNER/NAME or hf://OWNER/NAME@REVISION",
  dataset: "hf://datasets/OWNER/NAME/PATH or hf://datasets/OWNER/NAME@REVISION/PATH",
} as const;

/** Whether it is meant as a reference, right or wrong; anything else is a path. */
export function isHubReference(text: string): boolean {
  return /^hf:/i.test(text);
}

/** @param kind what may stand there */
export function readReference(text: string, kind: HubReference["kind"]): ReadReference {
  const wrong = (problem: string): ReadReference => ({ problem, allowed: referenceForms[kind] });
  if (text.length > longest) return wrong(`is longer than ${longest} characters`);
  if (!text.startsWith(scheme)) return wrong("must begin with hf://");
  const parts = text.slice(scheme.length).split("/");
  const first = parts[0]!;
  if (/^(spaces|buckets|kernels)$/.test(first)) return wrong(`names one of the Hub's ${first}`);
  const found = first === "datasets" ? "dataset" : "model";
  if (found !== kind) {
    return wrong(`names a ${found === "dataset" ? "data set" : "model"}`);
  }
  const [owner = "", ...rest] = first === "datasets" || first === "models" ? parts.slice(1) : parts;
  const name = rest.join("/");
  if (name === "" || owner.includes("@")) return wrong("names no owner");
  return readRepository({ kind, owner, rest: name }, wrong);
}

interface Named {
  readonly kind: HubReference["kind"];
  readonly owner: string;
  /** "NAME[@REVISION][/PATH]". */
  readonly rest: string;
}

function readRepository(
  { kind, owner, rest }: Named,
  wrong: (problem: string) => ReadReference,
): ReadReference {
  const { name, revision, path } = taken(rest);
  for (const part of [owner, name]) {
    if (!isRepositoryName(part)) return wrong(`has "${part}", which is no name on the Hub`);
  }
  if (!isRevision(revision)) return wrong(`has "${revision}", which is no revision`);
  if (kind === "model" && path !== "") {
    return wrong(`goes on with "/${path}", and a model is named as a whole`);
  }
  if (kind === "dataset" && path === "") return wrong("names no file of the data set");
  if (path !== "" && !isSafePath(path)) return wrong(`has "${path}", which is no path inside it`);
  return { reference: { kind, repository: `${owner}/${name}`, revision, path } };
}

/** refs/pr/N and refs/convert/NAME come before the "/" of a path. */
const pattern =
  /^(?<name>[^/@]*)(?:@(?<revision>refs\/(?:pr\/\d+|convert\/[\w.-]+)|[^/]*))?(?:\/(?<path>.*))?$/s;

function taken(rest: string) {
  const { name = "", revision = usualRevision, path = "" } = pattern.exec(rest)?.groups ?? {};
  return { name, revision: revision.replaceAll(/%2F/gi, "/"), path };
}

function isRepositoryName(name: string): boolean {
  return /^\w(?:[\w.-]{0,94}\w)?$/.test(name) && !/--|\.\.|\.git$/i.test(name);
}

/** Of git's own rules the part that matters: it becomes a path below `refs`, and part of an address. */
function isRevision(revision: string): boolean {
  return (
    revision.length <= 250 &&
    /^[\w+=.-]+(?:\/[\w+=.-]+)*$/.test(revision) &&
    isSafePath(revision) &&
    !/\.\.|\.lock(\/|$)|(^|\/)[.-]/.test(revision)
  );
}

/** @throws {SyntaxError} not a reference of this kind */
export function parseReference(text: string, kind: HubReference["kind"]): HubReference {
  const read = readReference(text, kind);
  if ("reference" in read) return read.reference;
  throw new SyntaxError(
    `Cannot use ${text.slice(0, 200)}: it ${read.problem}; give ${read.allowed}`,
  );
}

/** In full, as messages and lineage name it; with a commit in place of its revision where one is given. */
export function formatReference(reference: HubReference, commit?: string): string {
  const { kind, repository, path } = reference;
  const revision = commit ?? reference.revision;
  const shown = /^refs\/(pr|convert)\//.test(revision) ? revision : revision.replaceAll("/", "%2F");
  const at = shown === usualRevision ? "" : `@${shown}`;
  return `${scheme}${kind === "dataset" ? "datasets/" : ""}${repository}${at}${path === "" ? "" : `/${path}`}`;
}

/** What somebody means who copies an address from a browser; undefined where it leads elsewhere. */
export function referenceOfAddress(
  address: string,
  kind: HubReference["kind"],
): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { hostname, pathname } = new URL(address);
  if (!/^(huggingface\.co|hf\.co)$/.test(hostname)) return undefined;
  const parts = pathname.split("/").filter((part) => part !== "");
  const place = kind === "dataset" ? parts.splice(0, 1) : [];
  const [owner = "", name = "", , revision = usualRevision, ...inside] = parts;
  const at = revision === usualRevision ? "" : `@${revision}`;
  const path = kind === "dataset" ? inside : [];
  const text = `${scheme}${[...place, owner, `${name}${at}`, ...path].join("/")}`;
  return "reference" in readReference(text, kind) ? text : undefined;
}

/** What somebody means who was asked for a model: a reference, a web address, or just its name. */
export function meantModel(text: string): string {
  const trimmed = text.trim();
  const address = referenceOfAddress(trimmed, "model");
  if (address !== undefined) return address;
  return /^[a-z]+:/i.test(trimmed) ? trimmed : `${scheme}${trimmed}`;
}
