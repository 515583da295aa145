/**
 * Sets the TensorFlow engine up: the package by npm, a TensorFlow library from one of three places, and the
 * native binding between them.
 */
import { mkdir, rm } from "node:fs/promises";
import { pythonsToAsk } from "../../install/pythons";
import { type InstallRequest, setUp } from "../../install/set-up";
import type { Work } from "../../install/work";
import { examineTensorFlow } from "../examine";
import { type Flavour, engineFiles, engineFolder } from "../place";
import type { EngineRecord, FoundEngine, Origin } from "../record";
import { buildBinding, findCompiler } from "./compiler";
import type { Library } from "./library";
import { installPackages, packageVersion } from "./packages";
import { findPythonLibrary } from "./python-library";
import { findWheelLibrary } from "./wheel-library";

/** Of the places of its library, python is asked first, then wheel, then package. */
export interface InstallOptions extends InstallRequest<Origin> {
  readonly flavour: Flavour;
}

/** @throws {Error} it cannot be; the message says why, and nothing has changed */
export async function installTensorFlow(options: InstallOptions): Promise<FoundEngine> {
  const { flavour, surroundings, signal, report } = options;
  const folder = engineFolder(flavour, surroundings);
  const record = await setUp({ name: flavour, folder, signal, report }, async (staged, work) => {
    const source = await chooseSource(options);
    return fill(staged, source, { ...options, work });
  });
  return { folder, record };
}

interface Source {
  readonly library: Library | undefined;
  readonly compiler: string;
}

/** Checked before anything is fetched. A library of undefined: the package's own installer brings one. */
async function chooseSource(options: InstallOptions): Promise<Source> {
  const { flavour, origin, signal, report } = options;
  const pythons = pythonsToAsk(options.python);
  const find = {
    python: () => findPythonLibrary(pythons, flavour, signal),
    wheel: () => findWheelLibrary(pythons, flavour, signal),
  };
  if (origin === "package") return { library: undefined, compiler: "" };
  if (origin !== undefined) {
    const compiler = await findCompiler(signal);
    return { library: await find[origin](), compiler };
  }
  for (const each of ["python", "wheel"] as const) {
    try {
      const compiler = await findCompiler(signal);
      return { library: await find[each](), compiler };
    } catch (error) {
      signal.throwIfAborted();
      report(`not from ${originTitles[each]}: ${messageOf(error)}`);
    }
  }
  return { library: undefined, compiler: "" };
}

const originTitles = { python: "a Python environment", wheel: "a wheel of PyPI" } as const;

async function fill(
  staged: string,
  { library, compiler }: Source,
  { flavour, work, now }: InstallOptions & { readonly work: Work },
): Promise<EngineRecord> {
  const files = engineFiles(staged, flavour);
  const installer = library === undefined ? "run" : "leave";
  work.report(
    installer === "run"
      ? "running the package's own installer, which fetches TensorFlow"
      : "fetching the package",
  );
  await installPackages(staged, { flavour, installer }, work);
  if (library !== undefined) {
    work.report(`taking ${library.title}`);
    await mkdir(files.dependencies, { recursive: true });
    await library.place(files.dependencies, work);
    await rm(`${files.dependencies}/wheels`, { recursive: true, force: true });
    work.report("building the binding");
    await buildBinding(compiler, { folder: staged, flavour }, work);
  }
  work.report("trying it out");
  const record: EngineRecord = {
    format: 1,
    flavour,
    origin: library?.origin ?? "package",
    tensorflow: library?.tensorflow ?? "",
    package_version: packageVersion,
    ...(library?.environment !== undefined && { environment: library.environment }),
    created_at: now().toISOString(),
  };
  const device = flavour === "tensorflow" ? "cpu" : "cuda";
  const { version } = await examineTensorFlow(
    { folder: staged, record },
    { device, signal: work.signal },
  );
  return { ...record, tensorflow: version };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
