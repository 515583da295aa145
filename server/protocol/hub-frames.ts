/**
 * Frames on the wire. Small ones are JSON text: { version, frame }. Those with columns of numbers are binary, so that
 * a million records are a copy and not a parse; all little-endian:
 *
 *   "DFHB", uint32 version, uint32 bytes of the header, uint32 0,
 *   header: the frame as JSON in ASCII without its columns, padded with spaces to a multiple of 8,
 *   "records": parts of step columns, then of kernel columns; "overview": parts of step columns; their lengths are in
 *   the header; "heat-maps": columns of heat-map-places.ts; "heat-map": float32 [rows, columns]
 */
import {
  type HeatMapFrame,
  type HeatMapsFrame,
  type HubFrame,
  hubVersion,
  type OverviewFrame,
  type RecordsFrame,
  type SentFrame,
} from "./hub";
import { decodeColumns } from "./columns";
import { decodePlaces, encodePlaces, type EncodedPlaces } from "./heat-map-places";
import { decodeKernels, type KernelPart, kernelParts } from "./kernel-columns";
import { stepColumns } from "./step-columns";

const magic = 0x42484644; // "DFHB"
const headBytes = 16;

export function encodeFrame(frame: SentFrame): string | Uint8Array {
  switch (frame.kind) {
    case "overview": {
      const { steps, ...rest } = frame;
      return encodeBinary({ ...rest, steps: steps.map(lengthOf) }, steps.map(partOf));
    }
    case "records": {
      const { steps, kernels, ...rest } = frame;
      const header = { ...rest, steps: steps.map(lengthOf), kernels: kernelParts(kernels) };
      return encodeBinary(header, [...steps, ...kernels].map(partOf));
    }
    case "heat-maps": {
      const { places, ...rest } = frame;
      const { bytes, ...head } = encodePlaces(places);
      return encodeBinary({ ...rest, places: head }, [bytes]);
    }
    case "heat-map": {
      const { values, ...map } = frame.map;
      return encodeBinary({ ...frame, map }, [bytesOf(values)]);
    }
    case "welcome":
    case "runs":
    case "refused":
      return JSON.stringify({ version: hubVersion, frame });
  }
}

type BinaryHeader =
  | (Omit<OverviewFrame, "steps"> & { readonly steps: readonly number[] })
  | (Omit<RecordsFrame, "steps" | "kernels"> & {
      readonly steps: readonly number[];
      readonly kernels: readonly KernelPart[];
    })
  | (Omit<HeatMapsFrame, "places"> & { readonly places: Omit<EncodedPlaces, "bytes"> })
  | HeatMapFrame;

/** @throws {SyntaxError} it is not a frame, or of another version */
export function decodeFrame(data: string | ArrayBuffer): HubFrame {
  if (typeof data !== "string") return decodeBinary(data);
  const { version, frame } = JSON.parse(data) as { version: unknown; frame: HubFrame };
  checkVersion(version);
  return frame;
}

function encodeBinary(header: object, parts: readonly Uint8Array[]): Uint8Array {
  const text = asciiJson(header);
  const padded = text + " ".repeat(-text.length & 7);
  const bodyBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const bytes = new Uint8Array(headBytes + padded.length + bodyBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, hubVersion, true);
  view.setUint32(8, padded.length, true);
  for (let at = 0; at < padded.length; at++) bytes[headBytes + at] = padded.charCodeAt(at);
  let at = headBytes + padded.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

function decodeBinary(data: ArrayBuffer): HubFrame {
  const view = new DataView(data);
  if (data.byteLength < headBytes || view.getUint32(0, true) !== magic) {
    throw new SyntaxError("Cannot read a frame: it does not begin as one");
  }
  checkVersion(view.getUint32(4, true));
  const bodyAt = headBytes + view.getUint32(8, true);
  const text = asciiText(new Uint8Array(data, headBytes, bodyAt - headBytes));
  const header = JSON.parse(text) as BinaryHeader;
  if (header.kind === "heat-map") {
    const { rows, columns } = header.map;
    const values = new Float32Array(data, bodyAt, rows * columns);
    return { ...header, map: { ...header.map, values } };
  }
  if (header.kind === "heat-maps") {
    return { ...header, places: decodePlaces(data, bodyAt, header.places) };
  }
  const place = { start: bodyAt, lengths: header.steps };
  const { columns: steps, end } = decodeColumns(stepColumns, data, place);
  if (header.kind === "overview") return { ...header, steps };
  return { ...header, steps, kernels: decodeKernels(data, end, header.kernels) };
}

function checkVersion(version: unknown): void {
  if (version === hubVersion) return;
  throw new SyntaxError(
    `Cannot read a frame: its version is ${String(version)}, this side reads ${hubVersion}`,
  );
}

/** The same on every side, without a text encoder. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function asciiText(bytes: Uint8Array): string {
  let text = "";
  const atOnce = 8192; // a call has only so many arguments
  for (let at = 0; at < bytes.length; at += atOnce) {
    text += String.fromCharCode(...bytes.subarray(at, at + atOnce));
  }
  return text;
}

function lengthOf({ length }: { readonly length: number }): number {
  return length;
}

function partOf({ bytes }: { readonly bytes: Uint8Array }): Uint8Array {
  return bytes;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
