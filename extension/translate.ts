/** `vscode.l10n.t`, for what knows nothing of VS Code: its callers hand it over, so that tests can. */
export type Translate = (message: string, ...values: readonly (string | number)[]) => string;
