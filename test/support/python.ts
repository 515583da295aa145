/** The Python that scripts/python.mjs has made, and programs of test/python that answer one request a line. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type InstalledPython, installedPython } from "../../scripts/python.mjs";

/** @throws {Error} it has not been made */
export function pythonForTests(): InstalledPython {
  const found = installedPython();
  if (found !== undefined) return found;
  throw new Error("Cannot test with Python: it is not set up; npm run python does it, in minutes");
}

export function pythonProgram(name: string): string {
  return fileURLToPath(new URL(`../python/${name}`, import.meta.url));
}

/** One process for many requests, since importing torch takes seconds. */
export class PythonProcess {
  private readonly child: ChildProcess;
  private readonly waiting: ((answer: string | Error) => void)[] = [];
  private readonly ended: Promise<void>;
  private complaints = "";

  constructor(program: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(pythonForTests().interpreter, [pythonProgram(program)], {
      stdio: ["pipe", "pipe", "pipe"],
      // What is compiled of torch is kept, whatever the machine says of it: compiling takes longer than most tests.
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "", ...environment },
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.complaints += text));
    createInterface({ input: this.child.stdout! }).on("line", (line) =>
      this.waiting.shift()?.(line),
    );
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code) => {
        const error = new Error(`${program} ended with ${code}: ${this.complaints}`);
        for (const settle of this.waiting.splice(0)) settle(error);
        resolve();
      });
    });
  }

  /** Answers come in the order of the requests. @throws {Error} what Python raised */
  async ask(request: unknown): Promise<unknown> {
    const line = await new Promise<string | Error>((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    });
    if (line instanceof Error) throw line;
    const answer = JSON.parse(line) as { readonly result?: unknown; readonly raised?: string };
    if (answer.raised !== undefined) throw new Error(answer.raised);
    return answer.result;
  }

  async close(): Promise<void> {
    this.child.stdin!.end();
    await this.ended;
  }
}
