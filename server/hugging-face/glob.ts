/** Globs over a repository's paths: `*` and `?` within a folder, `**` across folders, `[abc]` and `{one,other}`. */

/** Which folder has to be listed, and whether those below it too. */
export function globFolder(glob: string): { readonly under: string; readonly recursive: boolean } {
  const parts = glob.split("/");
  const first = parts.findIndex((part) => /[*?[\]{}]/.test(part));
  const plain = first < 0 ? parts.length - 1 : first;
  return {
    under: parts.slice(0, plain).join("/"),
    recursive: first >= 0 && first < parts.length - 1,
  };
}

const tokens = /\*\*\/?|\*|\?|\[(!?)([^\]/]+)\]|\{([^{}]*)\}|[^*?[{]+|[[{]/g;

export function globMatcher(glob: string): (path: string) => boolean {
  const pattern = new RegExp(`^${expression(glob)}$`, "u");
  return (path) => path === glob || pattern.test(path);
}

function expression(glob: string): string {
  return [...glob.matchAll(tokens)]
    .map(([token, not, characters, choice]) => {
      if (token.startsWith("**")) return token.endsWith("/") ? "(?:[^/]+/)*" : ".*";
      if (token === "*") return "[^/]*";
      if (token === "?") return "[^/]";
      if (characters !== undefined) {
        return `[${not === "!" ? "^/" : ""}${characters.replaceAll(/[\\\]^]/g, "\\$&")}]`;
      }
      if (choice !== undefined) return `(?:${choice.split(",").map(expression).join("|")})`;
      return token.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    })
    .join("");
}
