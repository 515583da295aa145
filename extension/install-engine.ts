/** Sets up an engine for graphics cards by the command line's own code, with its progress and a button that cancels it. */
import * as vscode from "vscode";
import { runCommandLine } from "./command-line";

type Flavour = "cuda" | "tensorflow-gpu" | "tensorflow";

export async function installEngine(): Promise<void> {
  const flavour = await askFlavour();
  if (flavour === undefined) return;
  const title =
    flavour === "cuda" ? vscode.l10n.t("Setting up CUDA") : vscode.l10n.t("Setting up TensorFlow");
  const location = vscode.ProgressLocation.Notification;
  const { succeeded, said, stdout } = await vscode.window.withProgress(
    { location, title, cancellable: true },
    async (progress, token) => {
      const answer = await runCommandLine(["doctor", "--install", flavour], {
        token,
        onMessage: (message) => {
          progress.report({ message });
        },
      });
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      return answer;
    },
  );
  if (!succeeded) throw new Error(lastLine(said));
  await vscode.window.showInformationMessage(stdout.split("\n", 1)[0]!);
}

async function askFlavour(): Promise<Flavour | undefined> {
  const choices: (vscode.QuickPickItem & { readonly flavour: Flavour })[] = [
    {
      flavour: "cuda",
      label: vscode.l10n.t("CUDA for the graph engine"),
      description: vscode.l10n.t("for an NVIDIA graphics card, on Linux"),
    },
    {
      flavour: "tensorflow-gpu",
      label: vscode.l10n.t("TensorFlow for an NVIDIA graphics card"),
      description: vscode.l10n.t("CUDA, on Linux or Windows"),
    },
    {
      flavour: "tensorflow",
      label: vscode.l10n.t("TensorFlow for the processor"),
      description: vscode.l10n.t("to compare: the engine that comes with Deep Fusion is faster"),
    },
  ];
  const picked = await vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t("Install an engine"),
    placeHolder: vscode.l10n.t("It may fetch some hundred megabytes, for CUDA some gigabytes"),
  });
  return picked?.flavour;
}

function lastLine(text: string): string {
  return text.split("\n").at(-1) ?? text;
}
