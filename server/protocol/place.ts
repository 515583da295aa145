/** Where stages are trained, as run.json and the command line name it: "cpu", "cuda:1", or several: "webgpu,cpu". */
import type { StageJob } from "./trainer";

export type Place = Pick<StageJob, "device" | "card">;

export const devices = ["cpu", "webgpu", "cuda", "dml", "coreml"] as const;

export function placeText({
  device,
  card,
}: {
  readonly device: Place["device"];
  readonly card?: number | undefined;
}): string {
  return card === undefined ? device : `${device}:${card}`;
}

export function placesText(places: readonly Place[]): string {
  return places.map(placeText).join(",");
}

/** @throws {RangeError} there is no such device, or it is named twice; the message says so */
export function parsePlaces(text: string): readonly Place[] {
  const places = text.split(",").map(parsePlace);
  // A card without a number is the first.
  const names = places.map(({ device, card = 0 }) => placeText({ device, card }));
  const twice = places.find((_, index) => names.indexOf(names[index]!) !== index);
  if (twice === undefined) return places;
  throw new RangeError(
    `${placeText(twice)} is named twice; for several stages at once on one device give --parallel`,
  );
}

function parsePlace(text: string): Place {
  const [, name, number] = /^\s*(\w+)(?::(\d{1,3}))?\s*$/.exec(text) ?? [];
  const device = devices.find((known) => known === name);
  if (device === undefined)
    throw new RangeError(`there is no device "${text}"; there are ${devices.join(", ")}`);
  if (number === undefined) return { device };
  if (device === "cuda") return { device, card: Number(number) };
  throw new RangeError(`${device} has no numbers, only cards of cuda have: cuda:0, cuda:1`);
}
