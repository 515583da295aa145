/** The report's kernels: its packed pictures, unpacked as they are looked at. */
import { kernelTable } from "../../server/protocol/kernel-columns";
import type { PackedHeatMap } from "../../server/protocol/report";
import { wholeNumber } from "../charts/format";
import type { Frame } from "../heatmap/frame";
import type { KernelStage } from "../kernels/kernel-stage";
import { KernelsSection } from "../kernels/kernels-section";
import type { Section } from "../section";
import type { PageColors } from "../theme";
import type { Stage } from "./model";
import { unpackHeatMap } from "./unpack";

/** None where no stage has a picture. */
export function kernelsSections(stages: readonly Stage[], colors: PageColors): Section[] {
  if (stages.every(({ heatMaps }) => heatMaps.length === 0)) return [];
  const frames = new WeakMap<PackedHeatMap, Frame>();
  const section = new KernelsSection<PackedHeatMap, KernelStage<PackedHeatMap>>(colors, {
    frameOf: (_, picture) => {
      const frame = frames.get(picture) ?? unpackHeatMap(picture);
      frames.set(picture, frame);
      return frame;
    },
  });
  section.show(stages.map(kernelStage), "whole");
  return [section];
}

function kernelStage(stage: Stage): KernelStage<PackedHeatMap> {
  const { id, label, index, parentIds, kernels, omittedHeatMaps } = stage;
  const pictures = new Map<string, PackedHeatMap[]>();
  for (const map of [...stage.heatMaps].sort((a, b) => a.step - b.step))
    pictures.set(map.kernel, [...(pictures.get(map.kernel) ?? []), map]);
  const common = { id, label, index, parentIds, pictures, kernels: kernelTable(kernels) };
  if (omittedHeatMaps === 0) return common;
  const omitted = wholeNumber(omittedHeatMaps);
  const note = `${omitted} of this stage's pictures were left out to keep the file small; the run's folder has them all.`;
  return { ...common, note };
}
