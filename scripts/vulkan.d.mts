/**
 * Environment in which a Vulkan without a graphics card is found, by processes that start with it.
 * @throws {Error} with what to install, where there is none and none can be had
 */
export function softwareVulkan(): Readonly<Record<string, string>>;
