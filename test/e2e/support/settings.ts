/** Settings that keep everything but the extension quiet. */

export function quietSettings(colorScheme: "light" | "dark"): Readonly<Record<string, unknown>> {
  return {
    "workbench.colorTheme": colorScheme === "dark" ? "Default Dark Modern" : "Default Light Modern",
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
  };
}
