/**
 * A Hugging Face Hub of our own on the loopback, with a second server as the place where its large files lie: model
 * and data set info, listings page by page, files with ranges, redirects, ETags, gated and private repositories, and
 * whatever may go wrong.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HostedRepository {
  readonly kind?: "model" | "dataset";
  /** "owner/name". */
  readonly name: string;
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Stored in git itself; all others are large files, and lie elsewhere. */
  readonly small?: RegExp;
  /** Branches and tags beside "main". */
  readonly revisions?: readonly string[];
  /** Nothing without this token: "private" is hidden, "gated" says so. */
  readonly access?: { readonly kind: "private" | "gated"; readonly token: string };
}

export interface SeenRequest {
  readonly server: "hub" | "files";
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** Answers in place of the server; `usual` answers as it would have. */
type Fault = (response: ServerResponse, usual: () => void, request: IncomingMessage) => void;

export interface HubServer {
  readonly endpoint: string;
  /** Where large files lie. */
  readonly filesEndpoint: string;
  readonly seen: SeenRequest[];
  host(repository: HostedRepository): { readonly commit: string };
  /** The next `times` requests whose path matches go wrong like this. */
  fail(path: RegExp, fault: Fault, times?: number): void;
  close(): Promise<void>;
}

interface Repository extends HostedRepository {
  readonly commit: string;
}

export async function startHub({ pageSize = 1000 } = {}): Promise<HubServer> {
  const repositories: Repository[] = [];
  const faults: { readonly path: RegExp; readonly fault: Fault; times: number }[] = [];
  const seen: SeenRequest[] = [];
  const content = new Map<string, Buffer>();

  const listen = async (
    server: SeenRequest["server"],
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<{ readonly http: Server; readonly address: string }> => {
    const http = createServer((request, response) => {
      const { method = "", url = "", headers } = request;
      const { authorization, range } = headers;
      seen.push({ server, method, path: url, authorization, range });
      const usual = (): void => {
        answer(request, response);
      };
      const found = faults.find(({ path, times }) => times > 0 && path.test(url));
      if (found === undefined) {
        usual();
        return;
      }
      found.times--;
      found.fault(response, usual, request);
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as AddressInfo;
    return { http, address: `http://127.0.0.1:${port}` };
  };

  const files = await listen("files", (request, response) => {
    const bytes = content.get(new URL(request.url ?? "", "http://x").pathname.slice(1));
    if (bytes === undefined) response.writeHead(404).end();
    else sendBytes(request, response, bytes);
  });
  const hub = await listen("hub", (request, response) => {
    new Answer(request, response, {
      ...{ repositories, pageSize },
      ...{ endpoint: hub.address, filesEndpoint: files.address },
    }).give();
  });

  return {
    endpoint: hub.address,
    filesEndpoint: files.address,
    seen,
    host: (repository) => {
      const commit = commitOf(repository);
      repositories.unshift({ ...repository, commit });
      for (const bytes of Object.values(repository.files))
        content.set(sha256(bytes), asBuffer(bytes));
      return { commit };
    },
    fail: (path, fault, times = 1) => faults.push({ path, fault, times }),
    close: async () => {
      for (const { http } of [hub, files]) {
        http.closeAllConnections();
        await new Promise((resolve) => http.close(resolve));
      }
    },
  };
}

interface Context {
  readonly repositories: readonly Repository[];
  readonly pageSize: number;
  readonly endpoint: string;
  readonly filesEndpoint: string;
}

class Answer {
  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly context: Context,
  ) {}

  give(): void {
    const url = new URL(this.request.url ?? "", this.context.endpoint);
    const path = url.pathname.split("/").slice(1).map(decodeURIComponent);
    if (path[0] === "api") {
      const [, kind, owner, name, what, revision, ...rest] = path;
      const repository = this.find(
        kind === "datasets" ? "dataset" : "model",
        `${owner!}/${name!}`,
        revision,
      );
      if (repository === undefined || !this.admits(repository, revision)) return;
      if (what === "tree") this.list(repository, rest.join("/"), url);
      else this.json({ _id: "1", id: repository.name, sha: repository.commit, private: false });
      return;
    }
    const isDataset = path[0] === "datasets";
    const [owner, name, , revision, ...rest] = isDataset ? path.slice(1) : path;
    const repository = this.find(isDataset ? "dataset" : "model", `${owner!}/${name!}`, revision);
    if (repository === undefined || !this.admits(repository, revision)) return;
    this.file(repository, rest.join("/"));
  }

  /** As it was at a commit, or as it is now. */
  private find(kind: string, name: string, revision?: string): Repository | undefined {
    const hosted = this.context.repositories.filter(
      (repository) => repository.name === name && (repository.kind ?? "model") === kind,
    );
    const found = hosted.find(({ commit }) => commit === revision) ?? hosted[0];
    if (found === undefined)
      this.refuse(this.request.headers.authorization ? 404 : 401, "RepoNotFound");
    return found;
  }

  private admits(repository: Repository, revision = "main"): boolean {
    const { access, commit, revisions = [] } = repository;
    const { authorization } = this.request.headers;
    if (access !== undefined && authorization !== `Bearer ${access.token}`) {
      const known = authorization !== undefined;
      if (access.kind === "gated") this.refuse(known ? 403 : 401, "GatedRepo");
      else this.refuse(known ? 404 : 401, "RepoNotFound");
      return false;
    }
    if ([commit, "main", ...revisions].includes(revision)) return true;
    this.refuse(404, "RevisionNotFound");
    return false;
  }

  private refuse(status: number, code: string): void {
    this.response.writeHead(status, { "x-error-code": code }).end(JSON.stringify({ error: code }));
  }

  private json(value: unknown, headers: Record<string, string> = {}): void {
    const type = { "content-type": "application/json; charset=utf-8" };
    this.response.writeHead(200, { ...type, ...headers }).end(JSON.stringify(value));
  }

  private list({ files, small }: Repository, under: string, url: URL): void {
    const recursive = url.searchParams.get("recursive") === "true";
    const start = under === "" ? "" : `${under}/`;
    const entries = new Map<string, unknown>();
    for (const [path, bytes] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!path.startsWith(start)) continue;
      const inside = path.slice(start.length).split("/");
      for (let depth = 1; depth < inside.length; depth++) {
        const folder = start + inside.slice(0, depth).join("/");
        if (depth === 1 || recursive)
          entries.set(folder, { type: "directory", path: folder, oid: "0".repeat(40), size: 0 });
      }
      if (inside.length > 1 && !recursive) continue;
      entries.set(path, entryOf(path, asBuffer(bytes), small));
    }
    if (entries.size === 0 && under !== "") {
      this.refuse(404, "EntryNotFound");
      return;
    }
    const from = Number(url.searchParams.get("cursor") ?? "0");
    const page = [...entries.values()].slice(from, from + this.context.pageSize);
    const next = from + this.context.pageSize;
    url.searchParams.set("cursor", String(next));
    this.json(page, next < entries.size ? { link: `<${url.href}>; rel="next"` } : {});
  }

  private file({ files, commit, small }: Repository, path: string): void {
    const bytes = Object.hasOwn(files, path) ? asBuffer(files[path]!) : undefined;
    this.response.setHeader("x-repo-commit", commit);
    if (bytes === undefined) {
      this.refuse(404, "EntryNotFound");
      return;
    }
    if (isSmall(path, small)) {
      this.response.setHeader("etag", `"${gitSha1(bytes)}"`);
      sendBytes(this.request, this.response, bytes);
      return;
    }
    const etag = sha256(bytes);
    this.response
      .writeHead(302, {
        location: `${this.context.filesEndpoint}/${etag}?signature=secret`,
        "x-linked-etag": `"${etag}"`,
        "x-linked-size": String(bytes.length),
        "content-length": "0",
      })
      .end();
  }
}

function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const from = Number(range?.[1] ?? 0);
  const to = Math.min(bytes.length, range?.[2] ? Number(range[2]) + 1 : bytes.length);
  if (range !== null && from >= bytes.length) {
    response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    return;
  }
  const part = bytes.subarray(from, to);
  response.writeHead(range === null ? 200 : 206, {
    "accept-ranges": "bytes",
    "content-length": String(part.length),
    ...(range !== null && { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` }),
  });
  response.end(request.method === "HEAD" ? undefined : part);
}

function entryOf(path: string, bytes: Buffer, small: RegExp | undefined) {
  if (isSmall(path, small)) return { type: "file", path, size: bytes.length, oid: gitSha1(bytes) };
  const lfs = { oid: sha256(bytes), size: bytes.length, pointerSize: 130 };
  return { type: "file", path, size: bytes.length, oid: sha1(path), lfs };
}

function isSmall(path: string, small = /\.(json|md|txt|py)$/): boolean {
  return small.test(path);
}

function commitOf({ name, files }: HostedRepository): string {
  const content = Object.entries(files).map(([path, bytes]) => `${path} ${sha256(bytes)}\n`);
  return sha1(`${name}\n${content.join("")}`);
}

function asBuffer(bytes: string | Buffer): Buffer {
  return Buffer.from(bytes);
}

export function sha256(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function sha1(bytes: string | Buffer): string {
  return createHash("sha1").update(bytes).digest("hex");
}

export function gitSha1(bytes: Buffer): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

const arrivalMs = 200;

/** Sends at most `count` bytes of what would be sent, and breaks the connection; what is in flight then is lost. */
export function cutAfter(count: number): Fault {
  return (response, usual) => {
    const end = response.end.bind(response);
    const cut = (chunk?: unknown): ServerResponse => {
      if (!Buffer.isBuffer(chunk) && typeof chunk !== "string") return end();
      response.write(Buffer.from(chunk as string).subarray(0, count), () => {
        setTimeout(() => response.destroy(), arrivalMs);
      });
      return response;
    };
    response.end = cut as typeof response.end;
    usual();
  };
}

export function answer(status: number, headers: Record<string, string> = {}, body = ""): Fault {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** Every byte is another one. */
export const garble: Fault = (response, usual) => {
  const end = response.end.bind(response);
  const garbled = (chunk?: unknown): ServerResponse =>
    Buffer.isBuffer(chunk) ? end(Buffer.from(chunk.map((byte) => byte ^ 1))) : end();
  response.end = garbled as typeof response.end;
  usual();
};

/** As some that serve files do. */
export const ignoreRange: Fault = (_, usual, request) => {
  delete request.headers.range;
  usual();
};
