/** An installation like any other, but for the binary that computes. */
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Fills the folder with node_modules where onnxruntime cannot be loaded; the rest is linked. */
export function breakEngine(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync("node_modules")) {
    if (name !== "onnxruntime-node")
      symlinkSync(join(process.cwd(), "node_modules", name), join(modules, name), "junction");
  }
  const broken = join(modules, "onnxruntime-node");
  for (const part of ["package.json", "dist"])
    cpSync(join("node_modules/onnxruntime-node", part), join(broken, part), { recursive: true });
  const { platform, arch } = process;
  const binary = join(broken, "bin/napi-v6", platform, arch, "onnxruntime_binding.node");
  mkdirSync(dirname(binary), { recursive: true });
  writeFileSync(binary, "not a library");
}

/** The bundles, which look for their modules beside themselves. */
export function copyBundles(folder: string): void {
  const filter = (file: string): boolean => !file.endsWith(".map");
  cpSync("dist", join(folder, "dist"), { recursive: true, filter });
}
