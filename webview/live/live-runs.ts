/** The runs as the hub tells of them, kept up to date: who asks for a stage gets its log, whole, and then live. */
import type { HeatMapPlace } from "../../server/protocol/heat-map-places";
import type { HubFrame, StreamName } from "../../server/protocol/hub";
import type { RelayEvent, RelayRequest } from "../../server/protocol/relay";
import type { RunStatus } from "../../server/protocol/runs";
import type { Frame } from "../heatmap/frame";
import { HubConnection, type ConnectionState } from "./connection";
import { StageLog } from "./stage-log";

export interface LiveRunsOptions {
  /** Something arrived, or the connection changed: draw when it suits. */
  readonly onChange: () => void;
  /** The hub said no, in words. */
  readonly onRefused: (message: string) => void;
}

/** What is here of the stages that are followed: some, a glance at each, or all that was on the disk. */
export type Arrival = "part" | "overview" | "whole";

/** Heat maps kept, more than are shown or played at once: at 64 x 64 cells some 10 MB. */
const keptFrames = 600;
/** Heat maps under way; a drawing asks for the rest once some are here. */
const mostAsked = 32;

/** Whoever creates it disposes it. */
export class LiveRuns {
  readonly #connection: HubConnection;
  readonly #options: LiveRunsOptions;
  readonly #logs = new Map<string, StageLog>();
  readonly #followed = new Map<string, StreamName>();
  readonly #frames = new Map<string, Frame>();
  readonly #asked = new Map<string, StreamName & { readonly place: HeatMapPlace }>();
  #runs: readonly RunStatus[] | undefined;

  /** @param page for what goes through the extension host */
  constructor(page: { post(request: RelayRequest): void }, options: LiveRunsOptions) {
    this.#options = options;
    this.#connection = new HubConnection({
      post: (request) => {
        page.post(request);
      },
      onFrame: (frame) => {
        this.#receive(frame);
      },
      onState: (state) => {
        if (state === "live") this.#ask();
        options.onChange();
      },
    });
  }

  /** Undefined until the hub has told. */
  get runs(): readonly RunStatus[] | undefined {
    return this.#runs;
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  get arrival(): Arrival {
    const logs = this.#followedLogs();
    if (logs.every((log) => log?.caughtUp === true)) return "whole";
    return logs.every((log) => log?.isShown === true) ? "overview" : "part";
  }

  /** Of the logs that are followed, how much has arrived: 0 to 1. */
  get share(): number {
    const shares = this.#followedLogs().map((log) => log?.share ?? 0);
    return shares.length === 0 ? 1 : shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  /** Of every stage that is followed it is known which heat maps there are. */
  get hasAllPlaces(): boolean {
    return this.#followedLogs().every((log) => log?.hasAllPlaces === true);
  }

  /** Why there are none, where waiting will not help. */
  get reason(): string | undefined {
    return this.#connection.reason;
  }

  handle(event: RelayEvent): void {
    this.#connection.handle(event);
  }

  log(stream: StreamName): StageLog | undefined {
    return this.#logs.get(keyOf(stream));
  }

  /** Follows these and no others; what is held of the others stays. */
  follow(streams: readonly StreamName[]): void {
    const wanted = new Map(streams.map((stream) => [keyOf(stream), stream]));
    for (const [key, stream] of this.#followed) {
      if (wanted.has(key)) continue;
      this.#followed.delete(key);
      this.#connection.send({ kind: "unfollow", ...stream });
    }
    for (const [key, stream] of wanted) {
      if (this.#followed.has(key)) continue;
      this.#followed.set(key, stream);
      this.#sendFollow(stream);
    }
  }

  /** A heat map that has arrived; else it is asked for, and `onChange` tells when it is here. */
  heatMap(stream: StreamName, place: HeatMapPlace): Frame | undefined {
    const key = placeKey(stream, place);
    const frame = this.#frames.get(key);
    if (frame !== undefined) {
      this.#keepFrame(key, frame);
      return frame;
    }
    if (!this.#asked.has(key) && this.#asked.size < mostAsked) {
      const request = { ...stream, place };
      this.#asked.set(key, request);
      this.#sendRequest(request);
    }
    return undefined;
  }

  dispose(): void {
    this.#connection.dispose();
  }

  #followedLogs(): (StageLog | undefined)[] {
    return [...this.#followed.keys()].map((key) => this.#logs.get(key));
  }

  /** After a new connection: everything again, from where it stands. */
  #ask(): void {
    for (const stream of this.#followed.values()) this.#sendFollow(stream);
    for (const request of this.#asked.values()) this.#sendRequest(request);
  }

  #sendFollow({ run, stage }: StreamName): void {
    const log = this.#logs.get(keyOf({ run, stage }));
    this.#connection.send({
      kind: "follow",
      run,
      stage,
      ...(log?.cursor !== undefined && { cursor: log.cursor }),
      ...(log?.heatMapCursor !== undefined && { heatMapCursor: log.heatMapCursor }),
    });
  }

  #sendRequest({ run, stage, place }: StreamName & { readonly place: HeatMapPlace }): void {
    const { at, step, kernel } = place;
    this.#connection.send({ kind: "heat-map", run, stage, at, step, kernel });
  }

  #receive(frame: HubFrame): void {
    switch (frame.kind) {
      case "welcome":
        return;
      case "runs":
        this.#runs = frame.runs;
        break;
      case "overview":
        this.#logOf(frame).addOverview(frame);
        break;
      case "records":
        if (this.#logOf(frame).addRecords(frame) === "gap") this.#sendFollow(frame);
        break;
      case "heat-maps":
        this.#forgetReplaced(frame, frame.first);
        if (this.#logOf(frame).addHeatMaps(frame) === "gap") this.#sendFollow(frame);
        break;
      case "heat-map": {
        const { at, map } = frame;
        const key = placeKey(frame, { at, step: map.step, kernel: map.kernel });
        this.#asked.delete(key);
        this.#keepFrame(key, map);
        break;
      }
      case "refused":
        this.#asked.clear();
        this.#options.onRefused(frame.message);
        break;
      default:
        frame satisfies never;
    }
    this.#options.onChange();
  }

  #logOf(stream: StreamName): StageLog {
    const key = keyOf(stream);
    const log = this.#logs.get(key) ?? new StageLog();
    this.#logs.set(key, log);
    return log;
  }

  /** A stage that goes on from an older checkpoint writes other pictures to the same places. */
  #forgetReplaced(stream: StreamName, first: number): void {
    const places = this.#logs.get(keyOf(stream))?.heatMaps.from(first) ?? [];
    for (const place of places) this.#frames.delete(placeKey(stream, place));
  }

  /** Those last asked for are kept. */
  #keepFrame(key: string, frame: Frame): void {
    this.#frames.delete(key);
    this.#frames.set(key, frame);
    const oldest = this.#frames.keys().next().value;
    if (this.#frames.size > keptFrames && oldest !== undefined) this.#frames.delete(oldest);
  }
}

function keyOf({ run, stage }: StreamName): string {
  return JSON.stringify([run, stage]);
}

function placeKey(
  { run, stage }: StreamName,
  { at, step, kernel }: Pick<HeatMapPlace, "at" | "step" | "kernel">,
): string {
  return JSON.stringify([run, stage, at, step, kernel]);
}
