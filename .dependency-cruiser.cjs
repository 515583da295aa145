/** Which folder may import which: an arrow that is not listed here is an error. */
const inside = {
  protocol: [],
  random: [],
  files: [],
  checkpoint: ["protocol", "random", "files"],
  engine: ["protocol"],
  model: ["protocol", "random", "checkpoint", "engine"],
  analysis: ["protocol", "random", "checkpoint"],
  fusion: ["protocol", "random", "checkpoint", "model", "analysis"],
  data: ["protocol", "random", "files"],
  generation: ["protocol", "random", "checkpoint", "engine", "model", "data"],
  metrics: ["protocol"],
  training: [
    "protocol",
    "files",
    "random",
    "checkpoint",
    "engine",
    "model",
    "analysis",
    "fusion",
    "data",
    "metrics",
  ],
  recipe: [
    "protocol",
    "files",
    "random",
    "checkpoint",
    "model",
    "engine",
    "data",
    "fusion",
    "training",
    "metrics",
    "analysis",
  ],
  commands: [
    "protocol",
    "files",
    "random",
    "checkpoint",
    "model",
    "engine",
    "data",
    "fusion",
    "training",
    "metrics",
    "analysis",
    "recipe",
    "generation",
  ],
  runs: ["protocol", "files", "recipe", "metrics", "training"],
  services: [
    "protocol",
    "files",
    "checkpoint",
    "model",
    "engine",
    "data",
    "fusion",
    "training",
    "analysis",
    "recipe",
    "runs",
    "commands",
    "generation",
  ],
  language: ["protocol", "files", "recipe", "checkpoint", "model"],
};

const arrows = Object.entries(inside).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `server/${folder} may import ${allowed.join(", ") || "nothing of ours"}`,
  severity: "error",
  from: { path: `^server/${folder}/` },
  to: {
    path: "^(server|webview|extension)/",
    pathNot: `^server/(${[folder, ...allowed].join("|")})/`,
  },
}));

const only = (name, what, where) => ({
  name,
  severity: "error",
  from: { path: "^(server|webview|extension)/", pathNot: where },
  to: { path: what },
});

module.exports = {
  forbidden: [
    ...arrows,
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    only("vscode-in-extension", "^vscode$", "^extension/"),
    only("tensorflow-in-core", "node_modules/@tensorflow", "^server/(model|engine|training)/"),
    only(
      "native-engines-in-engine",
      "node_modules/(onnxruntime-node|@tensorflow/tfjs-node)",
      "^server/engine/",
    ),
    only(
      "sockets-in-metrics",
      "^(net|http|https|tls|dgram|node:net|node:http)$|node_modules/ws/",
      // The extension host is the ws client where a webview cannot reach the hub by itself.
      "^(server/metrics/|extension/panels/relay)",
    ),
    {
      name: "browser-and-editor-see-protocol",
      severity: "error",
      from: { path: "^(webview|extension)/" },
      to: { path: "^server/", pathNot: "^server/protocol/" },
    },
    {
      name: "server-sees-neither",
      severity: "error",
      from: { path: "^server/" },
      to: { path: "^(webview|extension)/" },
    },
    // `vscode` is there in VS Code's extension host alone.
    {
      name: "no-orphan-of-node",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^vscode$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      extensions: [".ts", ".js", ".json"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
