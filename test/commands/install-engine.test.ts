import { expect, test } from "vitest";
import { SetUpNews } from "../../server/commands/install-engine";
import type { Output, Terminal } from "../../server/commands/output";

function news(terminal?: (write: (text: string) => void) => Terminal) {
  const said: string[] = [];
  let time = 0;
  const output: Output = {
    result: () => undefined,
    json: () => undefined,
    message: (line) => said.push(line),
    terminal: terminal?.((text) => said.push(text)),
  };
  const after = (ms: number): void => {
    time += ms;
  };
  return { said, after, news: new SetUpNews(output, () => time) };
}

test("without a terminal each thing is told once, and how far a fetch is every five seconds", () => {
  const { said, after, news: told } = news();
  told.tell("fetching a: 1 MB");
  after(1000);
  told.tell("fetching a: 2 MB");
  after(4000);
  told.tell("fetching a: 3 MB");
  told.tell("unpacking");
  told.tell("fetching b: 1 MB");
  told.close();
  expect(said).toEqual(["fetching a: 1 MB", "fetching a: 3 MB", "unpacking", "fetching b: 1 MB"]);
});

test("in a terminal one line is drawn over, no wider than it is, and gone at the end", () => {
  const { said, news: told } = news((write) => ({ columns: 10, color: true, write }));
  told.tell("fetching a: 1 MB");
  told.tell("short");
  told.close();
  told.close();
  expect(said).toEqual(["\r\x1b[Kfetching ", "\r\x1b[Kshort", "\r\x1b[K"]);
});
