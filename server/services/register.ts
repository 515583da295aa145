/** Answers the requests of the tree, of fusion and of trying on the language server's connection. */
import type { CancellationToken, Connection } from "vscode-languageserver";
import { describeCheckpoint, listCatalogue, listStage } from "../protocol/catalogue";
import {
  compareRequest,
  evaluateRequest,
  fuseRequest,
  jobProgress,
  planFusionRequest,
} from "../protocol/fusion";
import { generateRequest } from "../protocol/generation";
import { fetchCheckpointRequest } from "../protocol/import";
import { inspectTensor, readTensorFile } from "../protocol/tensor-requests";
import { signalOf } from "../runs/signal-of";
import { describeCheckpoint as describe } from "./describe-checkpoint";
import { findCatalogue, stageCheckpoints } from "./find-runs";
import { runJob } from "./job-process";
import { preflight } from "./preflight";
import { describeTensorFile } from "./tensors/describe-file";

export interface ServiceOptions {
  /** The bundled process for heavy work. */
  readonly job: URL;
}

export function registerServices(connection: Connection, { job }: ServiceOptions): void {
  const work = (name: string, token: CancellationToken) => ({
    program: job,
    signal: signalOf(token),
    onProgress: (label: string, done: number, of: number) => {
      void connection.sendNotification(jobProgress, { job: name, label, done, of });
    },
  });
  connection.onRequest(listCatalogue, ({ roots }, token) => findCatalogue(roots, signalOf(token)));
  connection.onRequest(listStage, ({ run, stage }) => stageCheckpoints(run, stage));
  connection.onRequest(describeCheckpoint, ({ directory }) => describe(directory));
  connection.onRequest(planFusionRequest, (choice) => preflight(choice));
  connection.onRequest(fuseRequest, (params, token) =>
    runJob<"fuse">({ kind: "fuse", params }, work(params.job, token)),
  );
  connection.onRequest(fetchCheckpointRequest, ({ text, job: name }, token) =>
    runJob<"fetch">({ kind: "fetch", text }, work(name, token)),
  );
  connection.onRequest(readTensorFile, ({ path }) => describeTensorFile(path));
  connection.onRequest(inspectTensor, ({ path, name }, token) =>
    runJob<"inspect">({ kind: "inspect", path, name }, work("", token)),
  );
  connection.onRequest(compareRequest, ({ checkpoints, job: name }, token) =>
    runJob<"compare">({ kind: "compare", checkpoints }, work(name, token)),
  );
  connection.onRequest(evaluateRequest, ({ checkpoints, examples, job: name }, token) =>
    runJob<"evaluate">(
      { kind: "evaluate", checkpoints, ...(examples !== undefined && { examples }) },
      work(name, token),
    ),
  );
  connection.onRequest(generateRequest, ({ job: name, ...params }, token) =>
    runJob<"generate">({ kind: "generate", params }, work(name, token)),
  );
}
