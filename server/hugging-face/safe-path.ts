/**
 * Names of files that come from a listing, an index or a recipe, before they become paths of this machine.
 *
 * They are read by the rules of every system at once: a cache is carried from one to another.
 */

const longestPath = 1024;
const longestName = 255;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether it stays inside whatever folder it is put into, on any system. */
export function isSafePath(path: string): boolean {
  return path.length <= longestPath && path.split("/").every(isSafeName);
}

/** One part of a path: neither empty, nor a way up, nor a drive, stream or device. */
function isSafeName(name: string): boolean {
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    Buffer.byteLength(name) <= longestName &&
    !/[\\:"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name) &&
    !/[. ]$/.test(name) &&
    !reserved.test(name)
  );
}
