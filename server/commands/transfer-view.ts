/** How far a download is: a line that is drawn over on a terminal, elsewhere a line now and then. */
import type { FilesProgress } from "../hugging-face/fetch-files";
import { byteText, Transfer } from "../hugging-face/transfer";
import type { FuseOutput } from "./fuse-output";

export interface TransferView {
  readonly show: (progress: FilesProgress) => void;
  readonly close: () => void;
}

const drawEveryMs = 100;
const plainEveryMs = 10_000;

/** Says nothing where all is here already. */
export function transferView(
  { message, terminal }: Pick<FuseOutput, "message" | "terminal">,
  what: string,
): TransferView {
  const now = () => performance.now();
  const transfer = new Transfer(now);
  let shownAt = -Infinity;
  let isDrawn = false;
  const erase = (): void => {
    if (isDrawn) terminal?.write("\r\u001b[K");
    isDrawn = false;
  };
  return {
    show: ({ done, of }) => {
      if (shownAt === -Infinity && done === of) return;
      if (shownAt === -Infinity) message(`Fetching ${what}: ${byteText(of - done)} to come`);
      if (now() - shownAt < (terminal === undefined ? plainEveryMs : drawEveryMs)) return;
      const isFirst = shownAt === -Infinity;
      shownAt = now();
      const line = `${what}: ${transfer.describe(done, of)}`;
      if (terminal === undefined) {
        if (!isFirst) message(line);
        return;
      }
      erase();
      terminal.write(line.slice(0, terminal.columns - 1));
      isDrawn = true;
    },
    close: erase,
  };
}
