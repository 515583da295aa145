/** The text of l10n/bundle.l10n.json, from the extension's code. */
export function bundleText(): string;
