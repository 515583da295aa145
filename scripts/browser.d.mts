/** @throws {Error} with the package to install, where there is no browser and none can be had */
export function findBrowser(): string;
