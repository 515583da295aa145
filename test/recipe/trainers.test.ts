import { once } from "node:events";
import { expect, test } from "vitest";
import { Trainers } from "../../server/recipe/trainers";
import { distUrl } from "../support/dist";

const trainer = distUrl("trainer.js");

test("each that is asked for is another one, and waits for its job", () => {
  const trainers = new Trainers(trainer);
  const [one, other] = [trainers.take(), trainers.take()];
  expect([one.connected, other.connected]).toEqual([true, true]);
  expect(one.pid).not.toBe(other.pid);
  trainers.close();
  for (const child of [one, other]) expect(child.kill("SIGKILL")).toBe(true);
});

const processes = () =>
  process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;

test("the one that nobody has asked for ends", async () => {
  await expect.poll(processes).toBe(0); // those of the test before are on their way out
  const trainers = new Trainers(trainer);
  expect(processes()).toBe(1);
  trainers.close();
  await expect.poll(processes).toBe(0);
});

test("a trainer ends with whoever started it, also where it was never given a job", async () => {
  const child = new Trainers(trainer).take();
  child.disconnect();
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(0);
});
