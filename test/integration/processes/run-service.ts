/**
 * A run service in a process of its own, which is killed as soon as its run has begun:
 * node run-service.js CLI STORAGE RECIPE FOLDER
 */
import { pathToFileURL } from "node:url";
import { runService } from "../../../server/runs/run-service";

const [cli, storage, recipe, folder] = process.argv.slice(2) as [string, string, string, string];
const service = await runService({
  runtime: { cli: pathToFileURL(cli) },
  roots: [],
  storage,
  onClose: "stop",
  onChange: () => undefined,
});
await service.start({ recipe, folder, parallel: 1, threads: 1 });
process.kill(process.pid, "SIGKILL");
