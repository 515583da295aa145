/** Settings that keep everything but the extension quiet. */

/** `look`: the class of the window that is drawn so; `page`: of the body of a page in it. */
export const themes = {
  light: { name: "Default Light Modern", colorScheme: "light", look: "vs", page: "vscode-light" },
  dark: { name: "Default Dark Modern", colorScheme: "dark", look: "vs-dark", page: "vscode-dark" },
  "high-contrast": {
    name: "Default High Contrast",
    colorScheme: "dark",
    look: "hc-black",
    page: "vscode-high-contrast",
  },
} as const;

export type Theme = keyof typeof themes;

export function quietSettings(): Readonly<Record<string, unknown>> {
  return {
    "workbench.colorTheme": themes.dark.name,
    "window.autoDetectHighContrast": false,
    "security.workspace.trust.enabled": false,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "workbench.welcomePage.walkthroughs.openOnInstall": false,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "update.showReleaseNotes": false,
    "extensions.autoUpdate": "off",
    "extensions.autoCheckUpdates": false,
    "extensions.ignoreRecommendations": true,
    "workbench.enableExperiments": false,
    "workbench.settings.enableNaturalLanguageSearch": false,
    "git.enabled": false,
    "window.commandCenter": false,
    // A view that is drawn late takes the focus, and with it whatever was being typed.
    "workbench.quickOpen.closeOnFocusLost": false,
    "chat.disableAIFeatures": true,
    "chat.commandCenter.enabled": false,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "window.restoreWindows": "none",
    "files.hotExit": "off",
    "files.autoSave": "off",
    "editor.accessibilitySupport": "off",
    "workbench.reduceMotion": "on",
    "editor.cursorBlinking": "solid",
    "remote.autoForwardPorts": false,
    "deepFusion.run.onClose": "continue",
    // The other core is for the window.
    "deepFusion.run.threads": 1,
  };
}
