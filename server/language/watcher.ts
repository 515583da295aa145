/**
 * Looks at an open recipe when its text rests: publishes its problems, and then what the disk around it says. Looks
 * again now and then, as runs go on and files come and go.
 */
import type { Connection, TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { diagnostics } from "./diagnostics";
import type { OpenRecipes } from "./documents";
import type { RecipeFacts } from "./facts";
import { gatherFacts, noFacts } from "./gather-facts";
import type { Surroundings } from "./gather-facts";
import { importProblems, rememberImports } from "./import-problems";
import { fileOf } from "./uri";
import { workspaceProblems } from "./workspace-problems";
import { dirname } from "node:path";
import { readImported } from "../recipe/stage-models";

export interface WatcherOptions extends Pick<Surroundings, "readTokenizer" | "hub"> {
  readonly connection: Connection;
  readonly recipes: OpenRecipes;
  readonly documents: TextDocuments<TextDocument>;
  /** Known once the client has said who it is. */
  readonly storage: () => string | undefined;
  /** Folders with runs, for a recipe's file. */
  readonly runRoots: (file: string) => readonly string[];
}

/** After the last keystroke; longer where looking takes long, so that answers need not wait for it. */
const leastRestMs = 200;
const mostRestMs = 1500;
const restPerCheck = 6;
const lookAgainMs = 2000;

export class Watcher {
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  private readonly rounds: NodeJS.Timeout;
  private readonly readImport = rememberImports(readImported);
  private looking = false;
  /** How long the last check of a text took. */
  private checkMs = 0;

  constructor(private readonly options: WatcherOptions) {
    const { documents, recipes, connection } = options;
    documents.onDidChangeContent(({ document }) => {
      this.schedule(document.uri);
    });
    documents.onDidClose(({ document }) => {
      this.cancel(document.uri);
      recipes.close(document.uri);
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    });
    this.rounds = setInterval(() => {
      void this.lookAgain();
    }, lookAgainMs);
    this.rounds.unref();
  }

  dispose(): void {
    clearInterval(this.rounds);
    for (const uri of this.waiting.keys()) this.cancel(uri);
  }

  private schedule(uri: string): void {
    this.cancel(uri);
    const timer = setTimeout(() => {
      this.waiting.delete(uri);
      this.publish(uri);
      void this.look(uri);
    }, this.restMs());
    timer.unref();
    this.waiting.set(uri, timer);
  }

  private restMs(): number {
    return Math.min(mostRestMs, Math.max(leastRestMs, restPerCheck * this.checkMs));
  }

  private cancel(uri: string): void {
    clearTimeout(this.waiting.get(uri));
    this.waiting.delete(uri);
  }

  private async lookAgain(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      for (const uri of this.options.documents.keys()) {
        if (!this.waiting.has(uri)) await this.look(uri);
      }
    } finally {
      this.looking = false;
    }
  }

  private publish(uri: string): void {
    const { connection, recipes, documents } = this.options;
    const document = recipes.get(uri);
    const version = documents.get(uri)?.version;
    if (document === undefined || version === undefined) return;
    const wasBehind = !document.isParsedSoon;
    const started = performance.now();
    const found = diagnostics(document, recipes.workspaceProblems(uri));
    this.checkMs = performance.now() - started;
    void connection.sendDiagnostics({ uri, version, diagnostics: found });
    // Hints may have shown an earlier version's sizes.
    if (wasBehind) connection.languages.inlayHint.refresh().catch(() => undefined);
  }

  /** Publishes again only where something has changed. */
  private async look(uri: string): Promise<void> {
    const { recipes, documents, connection } = this.options;
    const file = fileOf(uri);
    const document = recipes.get(uri);
    const version = documents.get(uri)?.version;
    if (file === undefined || document === undefined || version === undefined) return;
    const { parsed } = document;
    const facts = await gatherFacts(parsed.draft, this.surroundings(file)).catch(
      (error: unknown) => {
        connection.console.warn(`Cannot look around ${file}: ${String(error)}`);
        return noFacts;
      },
    );
    const directory = dirname(file);
    const { hub } = this.options;
    const { tokenizer } = facts;
    const problems = [
      ...(await workspaceProblems(parsed, directory)),
      ...(await importProblems(parsed, { directory, tokenizer, hub, read: this.readImport })),
    ];
    if (documents.get(uri)?.version !== version) return;
    const before = { facts: recipes.facts(uri), problems: recipes.workspaceProblems(uri) };
    recipes.learn(uri, version, { facts, problems });
    if (JSON.stringify(problems) !== JSON.stringify(before.problems)) this.publish(uri);
    if (differ(facts, before.facts)) {
      // A client that cannot refresh asks again by itself.
      await connection.languages.inlayHint.refresh().catch(() => undefined);
      await connection.sendRequest("workspace/codeLens/refresh").catch(() => undefined);
    }
  }

  private surroundings(file: string): Surroundings {
    const { readTokenizer, hub, storage, runRoots } = this.options;
    return { file, runRoots: runRoots(file), storage: storage(), readTokenizer, hub };
  }
}

function differ(one: RecipeFacts, other: RecipeFacts): boolean {
  return (
    JSON.stringify(one.run) !== JSON.stringify(other.run) ||
    one.tokenizer?.sha256 !== other.tokenizer?.sha256 ||
    one.flopsPerSecond !== other.flopsPerSecond
  );
}
