/** The C++ compiler, and what it builds: tfjs-node's native binding, and what keeps quiet as that is loaded. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Flavour, engineFiles } from "../place";
import { libraryNames } from "./library";
import quietSource from "./native/quiet.cc";
import { runProgram } from "../../install/run-program";
import type { Work } from "../../install/work";

/** @throws {Error} there is none; the message says how to get one */
export async function findCompiler(signal: AbortSignal): Promise<string> {
  const chosen = process.env.CXX ?? "";
  const names = chosen === "" ? ["g++", "c++", "clang++"] : [chosen];
  for (const name of names) {
    try {
      await runProgram([name, "--version"], { directory: ".", signal });
      return name;
    } catch {
      signal.throwIfAborted();
    }
  }
  throw new Error(
    `no C++ compiler was found as ${names.join(", ")}; install one ` +
      "(apt-get install g++, dnf install gcc-c++), or name it in CXX",
  );
}

/** From the sources that the package brings, without node-gyp: two files, and Node's stable interface alone. */
export async function buildBinding(
  compiler: string,
  { folder, flavour }: { readonly folder: string; readonly flavour: Flavour },
  { signal, onOutput }: Work,
): Promise<void> {
  const { packageFolder, dependencies, binding, quiet } = engineFiles(folder, flavour);
  await mkdir(dirname(binding), { recursive: true });
  const command = [
    compiler,
    ...["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8"],
    `-I${join(folder, "node_modules", "node-api-headers", "include")}`,
  ] as const;
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"];
  const includes = [dirname(packageFolder), join(dependencies, "include")];
  const options = { directory: folder, signal, onOutput };
  await runProgram(
    [
      ...command,
      ...includes.map((include) => `-I${include}`),
      ...sources.map((source) => join(packageFolder, "binding", source)),
      ...["-o", binding, `-L${join(dependencies, "lib")}`],
      ...libraryNames.map((name) => `-l:${name}`),
      // Relative, so that the folder can be moved to its place.
      "-Wl,-rpath,$ORIGIN/../../deps/lib",
    ],
    options,
  );
  const quietFile = join(folder, "quiet.cc");
  await writeFile(quietFile, quietSource);
  await runProgram([...command, quietFile, "-o", quiet], options);
}
