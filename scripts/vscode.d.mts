import type { ChildProcess } from "node:child_process";

export function installVsCode(): { node: string; server: string };

export interface VsCodeOptions {
  readonly port: number;
  readonly data: string;
  readonly extensions: string;
  readonly builtIn?: string | undefined;
  readonly workspace?: string | undefined;
  readonly trust?: boolean;
  readonly ownGroup?: boolean;
}

export function startVsCode(options: VsCodeOptions): ChildProcess;

export function linkExtension(extensions: string): void;

export function linkBuiltIn(folder: string, names: readonly string[]): void;

export function installExtension(file: string, extensions: string): void;

export function workbenchAddress(options: {
  readonly port: number;
  readonly workspace?: string | undefined;
}): string;
