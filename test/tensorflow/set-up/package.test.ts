import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { cp, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startCommand } from "../../support/command-line";
import {
  doctorIn,
  emptyFolder,
  examined,
  type Prepared,
  preparedEngine,
  removeFolder,
  withEngines,
} from "./support/prepared";

/** The places that the package's own installer fetches from, served here. */
let server: Server;
let folder: string;
let engines: string;
/** What is served, by the end of its name; "wait" never answers. */
let served: Readonly<Record<string, string>> = {};
let asked: string[] = [];

beforeAll(async () => {
  folder = await emptyFolder();
  server = createServer((request, response) => {
    asked.push(request.url!);
    const file = Object.entries(served).find(([name]) => request.url!.includes(name))?.[1];
    if (file === "wait") return;
    if (file === undefined) response.writeHead(404).end();
    else createReadStream(file).pipe(response.writeHead(200));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  process.env.TFJS_NODE_BASE_URI = `${address}libtensorflow-`;
  process.env.npm_config_tfjs_binding_binary_host_mirror = address;
  for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"])
    Reflect.deleteProperty(process.env, name);
});

beforeEach(async () => {
  engines = join(await emptyFolder(), "engines");
  asked = [];
});

afterEach(() => removeFolder(dirname(engines)));

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await removeFolder(folder);
});

/** Of the prepared engine, in the form in which its makers publish libtensorflow and the binding. */
async function publish({ libraries, headers, binding }: Prepared): Promise<typeof served> {
  const [library, addon] = [join(folder, "library.tar.gz"), join(folder, "addon.tar.gz")];
  const [lib, napi] = [join(folder, "tree", "lib"), join(folder, "napi-v8")];
  await mkdir(lib, { recursive: true });
  await mkdir(napi);
  for (const name of await readdir(libraries)) {
    await symlink(join(libraries, name), join(lib, name));
    await symlink(join(libraries, name), join(lib, name.replace(/(_cc)?\.so\.2$/, ".so.2.9.1")));
  }
  await cp(headers, join(folder, "tree", "include"), { recursive: true });
  await cp(binding, join(napi, "tfjs_binding.node"));
  await promisify(execFile)("tar", ["-czf", library, "-C", join(folder, "tree"), "."]);
  await promisify(execFile)("tar", ["-czf", addon, "-C", folder, "napi-v8"]);
  return { "libtensorflow-cpu-": library, "/napi-v8/": addon };
}

test("the package's own installer brings TensorFlow and the binding", async () => {
  const prepared = await preparedEngine();
  served = await publish(prepared);
  const { code, stderr, stdout } = await doctorIn(
    engines,
    ...["--install", "tensorflow", "--from", "package"],
  );
  expect(stderr).toContain("running the package's own installer");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(`is set up in ${join(engines, "tensorflow")}`);
  expect(asked.map((path) => path.replace(/^\/+/, ""))).toEqual([
    expect.stringMatching(/^libtensorflow-cpu-linux-x86_64-\d/),
    expect.stringMatching(/^napi-v8\/4\.22\.0\/CPU-linux-4\.22\.0\.tar\.gz$/),
  ]);
  expect(await examined(engines, "cpu")).toMatchObject({ usable: true });
});

test("what its installer cannot fetch is told with the whole output, and nothing is left", async () => {
  served = {};
  const { code, stderr } = await doctorIn(
    engines,
    ...["--install", "tensorflow", "--from", "package"],
  );
  expect(code).toBe(1);
  const log = join(engines, "tensorflow.log");
  expect(stderr).toContain("Cannot set tensorflow up: ");
  expect(stderr).toContain(`what was printed is in ${log}`);
  expect(await readFile(log, "utf8")).toContain("libtensorflow-cpu-");
  expect(await readdir(engines)).toEqual(["tensorflow.log"]);
});

test("Ctrl-C in the midst of a fetch ends the installer and leaves nothing half set up", async () => {
  served = { "libtensorflow-cpu-": "wait" };
  const { child, ended } = withEngines(engines, () =>
    startCommand(folder, "doctor", "--install", "tensorflow", "--from", "package"),
  );
  const request = await new Promise<NodeJS.EventEmitter>((resolve) => {
    server.once("request", resolve);
  });
  const closed = new Promise((resolve) => request.once("close", resolve));
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code).toBe(1);
  expect(stderr).toContain("stopped; nothing is left half-written");
  await closed;
  expect(await readdir(engines)).toEqual(["tensorflow.log"]);
  expect((await examined(engines, "cpu")).reason).toContain("it is not set up");
});
