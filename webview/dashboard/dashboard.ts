/** The dashboard put together: runs, their stages, curves and kernels, drawn anew as figures arrive. */
import type { FromDashboard, ToDashboard } from "../../server/protocol/dashboard";
import type { RunStatus } from "../../server/protocol/runs";
import { axes } from "../charts/axis";
import { curveKinds, type CurveName, type PlacedStage } from "../charts/curves";
import { CurvesSection, type CurvesState } from "../charts/curves-section";
import type { ChartNote } from "../charts/line-chart";
import { stageGraph } from "../charts/stage-graph";
import { element } from "../dom";
import type { EditorPage } from "../live/editor-page";
import { LiveRuns, type Arrival } from "../live/live-runs";
import { redrawer, type Urgency } from "../live/redraw";
import { onThemeChange, pageColors, type PageColors } from "../theme";
import { againstBaseline, baselineOf, baselineSentence, type BaselineResult } from "./baseline";
import { dashboardExtras } from "./chart-extras";
import { chartPicture, curveCsv } from "./export";
import { KernelsView, type KernelsState } from "./kernels-view";
import { RunsBar } from "./runs-bar";
import { descendsFromFusion, liveStages, type LiveStage } from "./stages";

export interface DashboardState {
  /** Folders of the runs shown; undefined: the newest. */
  readonly shown: readonly string[] | undefined;
  readonly curves: Partial<CurvesState>;
  readonly kernels: Partial<KernelsState>;
}

export type DashboardPage = EditorPage<ToDashboard, FromDashboard, DashboardState>;

export class Dashboard {
  readonly #page: DashboardPage;
  readonly #live: LiveRuns;
  readonly #redraw: (urgency?: Urgency) => void;
  readonly #bar: RunsBar;
  readonly #graphs = element("div", {});
  readonly #sentences = element("div", { class: "summary", role: "status" });
  readonly #welcome = element("p", { class: "welcome quiet", role: "status" });
  readonly #notice = element("p", { class: "notice error", role: "alert", hidden: "" });
  readonly #body: HTMLElement;
  readonly #curves: CurvesSection;
  readonly #kernels: KernelsView;
  #state: DashboardState;
  #colors: PageColors;
  #stages: readonly LiveStage[] = [];
  #graphDrawn = "";
  #arrival: Arrival = "part";
  /** What waits until all records are here. */
  #whenWhole: (() => void)[] = [];

  constructor(page: DashboardPage, main: HTMLElement) {
    this.#page = page;
    this.#colors = pageColors();
    this.#state = { shown: undefined, curves: {}, kernels: {}, ...page.state };
    this.#redraw = redrawer(() => {
      this.#draw();
    });
    this.#live = new LiveRuns({
      post: (request) => {
        page.post(request);
      },
      onChange: () => {
        this.#changed();
      },
      onRefused: (message) => {
        this.#tell(message);
      },
    });
    this.#bar = new RunsBar({
      onShow: (shown) => {
        this.#keep({ shown });
      },
    });
    this.#curves = this.#makeCurves();
    this.#kernels = this.#makeKernels();
    this.#body = element(
      "div",
      { hidden: "" },
      this.#graphs,
      this.#sentences,
      this.#curves.root,
      this.#kernels.root,
    );
    main.replaceChildren(this.#bar.root, this.#notice, this.#welcome, this.#body);
    onThemeChange(() => {
      this.#recolor();
    });
    page.listen((message) => {
      this.#handle(message);
    });
    this.#draw();
    page.post({ kind: "ready" });
  }

  #handle(message: ToDashboard): void {
    switch (message.kind) {
      case "show-runs":
        this.#keep({ shown: message.runs });
        break;
      case "show-kernel": {
        const shown = this.#shownRuns().map(({ folder }) => folder);
        if (!shown.includes(message.run)) this.#keep({ shown: [...shown, message.run] });
        this.#draw();
        this.#kernels.choose(`${message.run}/${message.stage}`, message.kernel);
        break;
      }
      case "hub":
      case "relay-opened":
      case "relay-data":
      case "relay-closed":
        this.#live.handle(message);
    }
  }

  /** A long log is drawn at a glance, seldom while it arrives, and at once when it is here. */
  #changed(): void {
    const before = this.#arrival;
    const now = this.#live.arrival;
    this.#arrival = now;
    if (now !== before && now !== "part") this.#redraw("now");
    else this.#redraw(now === "whole" ? "soon" : "later");
    if (now === "whole") for (const act of this.#whenWhole.splice(0)) act();
  }

  #keep(change: Partial<DashboardState>): void {
    this.#state = { ...this.#state, ...change };
    this.#page.keep(this.#state);
    this.#redraw();
  }

  #makeCurves(): CurvesSection {
    return new CurvesSection([], this.#colors, {
      state: this.#state.curves,
      onState: (curves) => {
        this.#keep({ curves });
      },
      extras: dashboardExtras(),
      tools: (name) => this.#tools(name),
      notes: (name, placed) => (name === "loss" ? this.#lossNotes(placed) : []),
    });
  }

  #makeKernels(): KernelsView {
    return new KernelsView(this.#colors, {
      state: this.#state.kernels,
      onState: (kernels) => {
        this.#keep({ kernels });
      },
      extras: dashboardExtras(),
      frameOf: (stream, place) => this.#live.heatMap(stream, place),
    });
  }

  #shownRuns(): readonly RunStatus[] {
    const runs = this.#live.runs ?? [];
    const { shown } = this.#state;
    return shown === undefined
      ? runs.slice(0, 1)
      : runs.filter((run) => shown.includes(run.folder));
  }

  #draw(): void {
    const runs = this.#shownRuns();
    this.#live.follow(
      runs.flatMap(({ folder, stages }) =>
        stages.flatMap(({ kind, name }) =>
          kind === "train" ? [{ run: folder, stage: name }] : [],
        ),
      ),
    );
    this.#stages = liveStages(runs, (stream) => this.#live.log(stream));
    this.#bar.show({
      runs: this.#live.runs ?? [],
      shown: runs.map(({ folder }) => folder),
      connection: this.#live.connection,
    });
    const welcome = this.#welcomeText();
    this.#welcome.textContent = welcome ?? "";
    this.#welcome.hidden = welcome === undefined;
    this.#body.hidden = welcome !== undefined;
    if (welcome !== undefined) return;
    this.#drawGraphs(runs);
    const { arrival } = this.#live;
    // What is on its way is not nothing.
    this.#body.setAttribute("aria-busy", String(arrival !== "whole"));
    this.#curves.show(this.#stages.flatMap(({ curves }) => curves ?? []));
    const hasAll = arrival === "whole" && this.#live.hasAllPlaces;
    this.#kernels.show(this.#stages, hasAll ? "live" : "arriving");
    this.#drawSentences();
    if (runs.length > 0 && arrival !== "part") markOnce("drawn");
    if (runs.length > 0 && arrival === "whole") markOnce("caught-up");
  }

  /** What to say where there is nothing to draw. */
  #welcomeText(): string | undefined {
    const runs = this.#live.runs;
    if (runs === undefined) return this.#live.reason ?? "Waiting for the runs …";
    if (runs.length === 0)
      return "There is no run yet. Start one from a recipe, or try the sample in the Training view: its curves appear here while it trains.";
    if (this.#shownRuns().length === 0) return "Choose a run above.";
    return undefined;
  }

  #drawGraphs(runs: readonly RunStatus[]): void {
    const { theme } = this.#colors;
    const drawn = JSON.stringify([
      theme,
      this.#stages.map(({ id, record }) => [id, record.state, percentDone(record)]),
    ]);
    if (drawn === this.#graphDrawn) return;
    this.#graphDrawn = drawn;
    this.#graphs.replaceChildren(
      ...runs.flatMap((run) => [
        ...(run.reason === undefined
          ? []
          : [element("p", { class: "notice error" }, `${run.name}: ${run.reason}`)]),
        stageGraph(
          this.#stages.filter(({ stream }) => stream.run === run.folder),
          this.#colors,
        ),
      ]),
    );
  }

  /** Of every stage that descends from a fusion, beside its run's baseline, as placed on the axis. */
  #baselineResults(placed: readonly PlacedStage[]): BaselineResult[] {
    return this.#shownRuns().flatMap((run) => {
      const baseline = baselineOf(run, this.#stages);
      const base = placed.find(({ stage }) => stage.id === baseline?.id);
      if (base === undefined) return [];
      return placed.flatMap((each) => {
        const stage = this.#stages.find(({ id }) => id === each.stage.id);
        const isChild = stage?.stream.run === run.folder && descendsFromFusion(stage.record, run);
        return isChild ? (againstBaseline(each, base) ?? []) : [];
      });
    });
  }

  #lossNotes(placed: readonly PlacedStage[]): ChartNote[] {
    const results = this.#baselineResults(placed);
    const first = results[0];
    if (first === undefined) return [];
    const points = results.flatMap(({ stage, x, loss }) =>
      x === undefined
        ? []
        : [{ kind: "point", x, y: loss, label: stage.stage.label, style: stage.style } as const],
    );
    const { baseline, loss } = first;
    const label = `lowest of ${baseline.stage.label}`;
    return [{ kind: "level", y: loss, label, style: baseline.style }, ...points];
  }

  #drawSentences(): void {
    const { axis, cost } = this.#curves.state;
    const what = axis === "step" ? "steps" : axes[axis].title;
    const parents = cost === "lineage" ? "parents included" : "parents not counted";
    const texts = this.#baselineResults(this.#curves.placed()).map((result) =>
      baselineSentence(result, what, parents),
    );
    const before = [...this.#sentences.children].map(({ textContent }) => textContent);
    if (JSON.stringify(before) === JSON.stringify(texts)) return;
    this.#sentences.replaceChildren(
      ...texts.map((text) => element("p", { class: "notice good" }, text)),
    );
  }

  #tools(name: CurveName): HTMLElement {
    const { title } = curveKinds[name];
    const tool = (text: string, label: string, save: () => Promise<void>): HTMLElement => {
      const button = element(
        "button",
        { type: "button", class: "plain", "aria-label": label, title: label },
        text,
      );
      button.addEventListener("click", () => {
        save().catch((error: unknown) => {
          this.#tell(error instanceof Error ? error.message : String(error));
        });
      });
      return button;
    };
    return element(
      "span",
      { class: "tools" },
      tool("PNG", `Save ${title} as a picture`, () => this.#savePicture(name)),
      tool("CSV", `Save the figures of ${title} as CSV`, () => this.#saveFigures(name)),
    );
  }

  async #savePicture(name: CurveName): Promise<void> {
    const panel = this.#curves.panel(name);
    if (panel === undefined) return;
    const legend = this.#curves.placed().map(({ stage, style }) => ({ label: stage.label, style }));
    const { title } = curveKinds[name];
    const contents = await chartPicture(panel.canvas, { title, legend, colors: this.#colors });
    this.#page.post({ kind: "save", fileName: `${fileNameOf(title)}.png`, contents });
  }

  async #saveFigures(name: CurveName): Promise<void> {
    await this.#whole();
    const kind = curveKinds[name];
    const contents = curveCsv(kind, axes[this.#curves.state.axis].title, this.#curves.placed());
    this.#page.post({ kind: "save", fileName: `${fileNameOf(kind.title)}.csv`, contents });
  }

  /** Figures are saved exactly: once every record is here. */
  #whole(): Promise<void> {
    if (this.#live.arrival === "whole") return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenWhole.push(() => {
        this.#draw();
        resolve();
      });
    });
  }

  #tell(message: string): void {
    this.#notice.textContent = message;
    this.#notice.hidden = false;
  }

  #recolor(): void {
    const colors = pageColors();
    if (JSON.stringify(colors) === JSON.stringify(this.#colors)) return;
    this.#colors = colors;
    this.#curves.recolor(colors);
    this.#kernels.recolor(colors);
    this.#redraw();
  }
}

/** Read by the benchmark, and by whoever looks at the page's profile: it has been on the screen. */
function markOnce(name: "drawn" | "caught-up"): void {
  if (performance.getEntriesByName(name).length > 0) return;
  requestAnimationFrame(() => {
    setTimeout(() => performance.mark(name));
  });
}

function percentDone({ step, steps }: LiveStage["record"]): number {
  return Math.floor((100 * (step ?? 0)) / (steps ?? 1));
}

function fileNameOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z]+/g, "-");
}
