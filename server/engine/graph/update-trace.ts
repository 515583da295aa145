/** Passes of an update as a graph. Names in it are places (`0:weight`), so that equal updates are equal graphs. */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tensors, UpdatePass } from "../engine";
import type { TraceBackend } from "./backend";
import type { Output } from "./builder";
import { GraphUses } from "./in-place";
import type { Model } from "./onnx";
import { traceGraph } from "./trace";

/** Passes over one weight, or one block of it. */
export interface Member {
  /** For messages. */
  readonly weight: string;
  readonly passes: readonly UpdatePass[];
  /** Of everything that the passes may read and that is no scalar: weight, gradient, state, sums. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** A tensor of a member, and the name under which the graph knows it. */
export interface Place {
  readonly member: number;
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Replacement extends Place {
  /** Whether the new value may be written over the old one while the graph runs. */
  readonly inPlace: boolean;
}

export interface TracedPasses {
  readonly model: Model;
  readonly scalars: readonly string[];
  readonly reads: readonly Place[];
  readonly replaces: readonly Replacement[];
  readonly sums: readonly Place[];
}

export const inputName = ({ member, name }: Pick<Place, "member" | "name">): string =>
  `${member}:${name}`;
export const outputName = (place: Pick<Place, "member" | "name">): string =>
  `new:${inputName(place)}`;
export const scalarName = (name: string): string => `scalar:${name}`;

export interface TraceOptions {
  readonly scalars: readonly string[];
  /** "inside": nothing but these passes reads them. */
  readonly sums: "inside" | "fetched";
}

export function tracePasses(members: readonly Member[], options: TraceOptions): TracedPasses {
  return traceGraph((trace) => {
    const fed = new ScalarInputs(trace, options.scalars);
    const traced = traceMembers(trace, members, fed);
    const replaces = traced.flatMap((each) => each.replaces);
    const sums = options.sums === "inside" ? [] : traced.flatMap((each) => each.sums);
    const model = trace.graph.model([...replaces, ...sums].map(({ output }) => output));
    const uses = new GraphUses(model);
    return {
      model,
      scalars: fed.used(),
      reads: traced.flatMap((each) => each.reads),
      replaces: replaces.map(({ place }) => ({
        ...place,
        inPlace: uses.mayOverwrite(inputName(place), outputName(place)),
      })),
      sums: sums.map(({ place }) => place),
    };
  });
}

class ScalarInputs {
  readonly #tensors = new Map<string, Tensor>();

  constructor(
    private readonly trace: TraceBackend,
    private readonly names: readonly string[],
  ) {}

  get(name: string): Tensor | undefined {
    if (!this.names.includes(name)) return undefined;
    const tensor = this.#tensors.get(name) ?? this.trace.input(scalarName(name), [], "float32");
    this.#tensors.set(name, tensor);
    return tensor;
  }

  used(): string[] {
    return [...this.#tensors.keys()];
  }
}

interface Made {
  readonly place: Place;
  readonly output: Output;
}

interface TracedMember {
  readonly reads: readonly Place[];
  readonly replaces: readonly Made[];
  readonly sums: readonly Made[];
}

/** A member, and where its nodes begin and end. */
interface Template {
  readonly member: Member;
  readonly traced: TracedMember;
  readonly start: number;
  readonly end: number;
}

/** Of members that are alike, the first is traced and its nodes are repeated for the others. */
function traceMembers(
  trace: TraceBackend,
  members: readonly Member[],
  fed: ScalarInputs,
): TracedMember[] {
  const { graph } = trace;
  const templates = new Map<Member["passes"], Template>();
  return members.map((member, index) => {
    const template = templates.get(member.passes);
    if (template !== undefined && haveSameShapes(template.member, member)) {
      return repeated(trace, template, index);
    }
    const start = graph.size;
    const traced = traceMember(trace, { member, index, fed });
    templates.set(member.passes, { member, traced, start, end: graph.size });
    return traced;
  });
}

function haveSameShapes(one: Member, other: Member): boolean {
  return (
    one.shapes.size === other.shapes.size &&
    [...one.shapes].every(([name, shape]) => shape.join() === other.shapes.get(name)?.join())
  );
}

function repeated(trace: TraceBackend, template: Template, index: number): TracedMember {
  const { traced, start, end } = template;
  const names = new Map<string, string>();
  const reads = traced.reads.map((place) => ({ ...place, member: index }));
  traced.reads.forEach((place, read) => {
    const name = inputName(reads[read]!);
    trace.graph.input({ name, type: "float32", shape: place.shape });
    names.set(inputName(place), name);
  });
  trace.graph.repeat({ start, end }, names);
  const made = ({ place, output }: Made): Made => {
    const own = { ...place, member: index };
    const from = names.get(output.from) ?? output.from;
    return { place: own, output: { ...output, from, name: outputName(own) } };
  };
  return { reads, replaces: traced.replaces.map(made), sums: traced.sums.map(made) };
}

function traceMember(
  trace: TraceBackend,
  options: { readonly member: Member; readonly index: number; readonly fed: ScalarInputs },
): TracedMember {
  const { member, index, fed } = options;
  const reads: Place[] = [];
  const current = new Map<string, Tensor>();
  const replaced = new Map<string, Tensor>();
  const summed = new Map<string, Tensor>();

  const resolve = (name: string): Tensor => {
    const known = current.get(name) ?? fed.get(name);
    if (known !== undefined) return known;
    const place = { member: index, name, shape: shapeOf(member, name) };
    const tensor = trace.input(inputName(place), place.shape, "float32");
    reads.push(place);
    current.set(name, tensor);
    return tensor;
  };
  const write = (into: Map<string, Tensor>, made: Tensors): void => {
    for (const [name, tensor] of Object.entries(made)) {
      into.set(name, tensor);
      current.set(name, tensor);
    }
  };
  for (const pass of member.passes) {
    const { replace = {}, sums = {} } = pass.run(
      Object.fromEntries(pass.reads.map((name) => [name, resolve(name)])),
    );
    checkReplaced(member, replace);
    write(replaced, replace);
    write(summed, sums);
  }
  const made = ([name, tensor]: [string, Tensor]): Made => {
    const place = { member: index, name, shape: tensor.shape };
    const from = trace.nameOf(tensor);
    return {
      place,
      output: { from, name: outputName(place), type: "float32", shape: place.shape },
    };
  };
  return { reads, replaces: [...replaced].map(made), sums: [...summed].map(made) };
}

function checkReplaced(member: Member, replace: Tensors): void {
  for (const [name, { shape }] of Object.entries(replace)) {
    const expected = shapeOf(member, name);
    if (expected.join() !== shape.join()) {
      throw new TypeError(
        `Cannot compile the update of '${member.weight}': a pass replaces '${name}' of shape ` +
          `[${expected.join(", ")}] by one of shape [${shape.join(", ")}]`,
      );
    }
  }
}

function shapeOf(member: Member, name: string): readonly number[] {
  const shape = member.shapes.get(name);
  if (shape === undefined) {
    throw new RangeError(
      `Cannot compile the update of '${member.weight}': a pass uses '${name}', which is neither ` +
        `its state, nor a scalar, nor an earlier sum`,
    );
  }
  return shape;
}
