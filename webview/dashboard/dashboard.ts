/** The dashboard put together: runs, their stages, curves and kernels, drawn anew as figures arrive. */
import type { FromDashboard, ToDashboard } from "../../server/protocol/dashboard";
import type { HeatMapPlace } from "../../server/protocol/heat-map-places";
import { isRelayEvent } from "../../server/protocol/relay";
import type { RunStatus } from "../../server/protocol/runs";
import type { CurvesState } from "../charts/curve-controls";
import { CurvesSection } from "../charts/curves-section";
import { element } from "../dom";
import { KernelsSection, type KernelsState } from "../kernels/kernels-section";
import { t } from "../l10n";
import type { EditorPage } from "../live/editor-page";
import { LiveRuns, type Arrival } from "../live/live-runs";
import { redrawer, type Urgency } from "../live/redraw";
import { Notice } from "../notice";
import { onThemeChange, pageColors, type PageColors } from "../theme";
import { baselineNotes, BaselineView } from "./baseline-view";
import { dashboardExtras } from "./chart-extras";
import { chartTools, type SavedChart } from "./chart-tools";
import { RunGraphs } from "./run-graphs";
import { RunsBar } from "./runs-bar";
import { savedCurve, savedMap, savedStatistics, type SavingSource } from "./saving";
import { liveStages, type LiveStage } from "./stages";

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
  readonly #graphs = new RunGraphs();
  readonly #baselines = new BaselineView();
  readonly #welcome = element("p", { class: "welcome quiet", role: "status" });
  readonly #notice = new Notice("alert");
  readonly #body: HTMLElement;
  readonly #curves: CurvesSection;
  readonly #kernels: KernelsSection<HeatMapPlace, LiveStage>;
  #state: DashboardState;
  #colors: PageColors;
  #stages: readonly LiveStage[] = [];
  #arrival: Arrival = "part";
  readonly #saving: SavingSource = { colors: () => this.#colors, whole: () => this.#whole() };
  /** What waits until all records are here. */
  #whenWhole: (() => void)[] = [];

  constructor(page: DashboardPage, main: HTMLElement) {
    this.#page = page;
    this.#colors = pageColors();
    this.#state = { shown: undefined, curves: {}, kernels: {}, ...page.state };
    this.#redraw = redrawer(() => {
      this.#draw();
    });
    this.#live = new LiveRuns(page, {
      onChange: () => {
        this.#changed();
      },
      onRefused: this.#notice.tell,
    });
    this.#bar = new RunsBar({
      onShow: (shown) => {
        this.#keep({ shown });
      },
      onConnect: () => {
        page.post({ kind: "ready" });
      },
    });
    this.#curves = this.#makeCurves();
    this.#kernels = this.#makeKernels();
    this.#body = element(
      "div",
      { hidden: "" },
      this.#graphs.root,
      this.#baselines.root,
      this.#curves.root,
      this.#kernels.root,
    );
    main.replaceChildren(this.#bar.root, this.#notice.root, this.#welcome, this.#body);
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
    if (isRelayEvent(message)) {
      this.#live.handle(message);
    } else if (message.kind === "show-runs") {
      this.#keep({ shown: message.runs });
    } else {
      const shown = this.#shownRuns().map(({ folder }) => folder);
      if (!shown.includes(message.run)) this.#keep({ shown: [...shown, message.run] });
      this.#draw();
      this.#kernels.choose(`${message.run}/${message.stage}`, message.kernel);
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
      tools: (name) => this.#tools(savedCurve(name, () => this.#curves, this.#saving)),
      notes: (name, placed) =>
        name === "loss"
          ? baselineNotes({ runs: this.#shownRuns(), stages: this.#stages, placed })
          : [],
    });
  }

  #makeKernels(): KernelsSection<HeatMapPlace, LiveStage> {
    return new KernelsSection(this.#colors, {
      state: this.#state.kernels,
      onState: (kernels) => {
        this.#keep({ kernels });
      },
      extras: dashboardExtras(),
      tools: (chart) => this.#tools(savedStatistics(chart, this.#saving)),
      mapTools: (map) => this.#tools(savedMap(map)),
      frameOf: ({ stream }, place) => this.#live.heatMap(stream, place),
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
    const { connection, arrival, share } = this.#live;
    this.#bar.show({
      runs: this.#live.runs ?? [],
      shown: runs.map(({ folder }) => folder),
      connection,
      share,
    });
    const welcome = this.#welcomeText();
    this.#welcome.textContent = welcome ?? "";
    this.#welcome.hidden = welcome === undefined;
    this.#body.hidden = welcome !== undefined;
    if (welcome !== undefined) return;
    // What is on its way is not nothing.
    this.#body.setAttribute("aria-busy", String(arrival !== "whole"));
    this.#drawBody(runs);
    if (arrival !== "part") markOnce("drawn");
    if (arrival === "whole") markOnce("caught-up");
  }

  #drawBody(runs: readonly RunStatus[]): void {
    const stages = this.#stages;
    this.#graphs.show(runs, stages, this.#colors);
    this.#curves.show(stages.flatMap(({ curves }) => curves ?? []));
    const hasAll = this.#live.arrival === "whole" && this.#live.hasAllPlaces;
    this.#kernels.show(stages, hasAll ? "whole" : "arriving");
    this.#baselines.show({ runs, stages, placed: this.#curves.placed() }, this.#curves.state);
  }

  /** What to say where there is nothing to draw. */
  #welcomeText(): string | undefined {
    const runs = this.#live.runs;
    if (runs === undefined && this.#live.connection === "refused")
      return t(
        "The server refused the connection: it does not know this page's token. Connect again to fetch the one that counts now; where that does not help, use the command Restart Language Server.",
      );
    if (runs === undefined) return this.#live.reason ?? t("Waiting for the runs …");
    if (runs.length === 0)
      return t(
        "There is no run yet. Start one from a recipe, or try the sample in the Training view: its curves appear here while it trains.",
      );
    if (this.#shownRuns().length === 0) return t("Choose a run above.");
    return undefined;
  }

  #tools(chart: SavedChart): HTMLElement {
    const post = (message: FromDashboard): void => {
      this.#page.post(message);
    };
    return chartTools(chart, { post, onFailure: this.#notice.tell });
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
