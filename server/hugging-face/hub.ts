/** Where the Hub is, where its files are kept here, and who asks: from the variables that all of its programs read. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { HubError } from "./error";

export interface Hub {
  /** "https://huggingface.co", without a slash at its end. */
  readonly endpoint: string;
  /** The folder of the cache, absolute or as the user gave it. */
  readonly cache: string;
  /** Nothing is asked of the Hub. */
  readonly offline: boolean;
  /** Undefined: nobody is logged in. @throws {HubError} it cannot be one */
  readonly token: () => Promise<string | undefined>;
  /** How long to wait before the second try; each later one waits twice as long. */
  readonly retryMs: number;
  /** How long nothing may arrive before a try counts as broken. */
  readonly stallMs: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {HubError} HF_ENDPOINT is no address */
export function hubOf(environment: Environment, home = homedir()): Hub {
  const given = (...names: readonly string[]): string | undefined => {
    const found = names.map((name) => environment[name]).find((value) => (value ?? "") !== "");
    return found;
  };
  const path = (text: string) => expanded(text, environment, home);
  const caches = given("XDG_CACHE_HOME") ?? join(home, ".cache");
  const own = path(given("HF_HOME") ?? join(caches, "huggingface"));
  const tokenFile = path(given("HF_TOKEN_PATH") ?? join(own, "token"));
  return {
    endpoint: checkedEndpoint(given("HF_ENDPOINT") ?? "https://huggingface.co"),
    cache: path(given("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? join(own, "hub")),
    offline: isTrue(given("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
    token: async () => {
      // No command has an option for a token, so that every token here is one that nobody named.
      if (isTrue(given("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return undefined;
      const explicit = given("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN");
      if (explicit !== undefined) return checkedToken(explicit, "HF_TOKEN");
      const kept = await readFile(tokenFile, "utf8").catch(() => "");
      return checkedToken(kept, tokenFile);
    },
    retryMs: 500,
    stallMs: 30_000,
  };
}

function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}

function expanded(path: string, environment: Environment, home: string): string {
  return path
    .replace(/^~(?=$|[\\/])/, () => home)
    .replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced: string, plain: string | undefined) => {
      return environment[plain ?? braced] ?? whole;
    });
}

function checkedEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.search === "" &&
    url.hash === "";
  if (isPlain) return url.href.replace(/\/+$/, "");
  throw new HubError(
    "unusable",
    `Cannot reach the Hub: HF_ENDPOINT is ${JSON.stringify(text)}; give an address such as https://huggingface.co, or unset it`,
  );
}

/** As the Hub's own programs do, without line ends and spaces around it. */
function checkedToken(text: string, where: string): string | undefined {
  const token = text.replaceAll(/[\r\n]/g, "").trim();
  if (token === "") return undefined;
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token;
  throw new HubError(
    "denied",
    `Cannot use the token in ${where}: it has characters that no token has; log in again with "hf auth login", or set HF_TOKEN`,
  );
}
