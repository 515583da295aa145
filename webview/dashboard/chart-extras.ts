/** chart.js's zoom and annotation plug-ins, set up as the dashboard's charts want them. */
import { Chart } from "chart.js";
import annotationPlugin, { type AnnotationOptions } from "chartjs-plugin-annotation";
import zoomPlugin from "chartjs-plugin-zoom";
import type { ChartFrame, ChartNote } from "../charts/chart-frame";
import type { ChartExtras } from "../charts/line-chart";

/** Control and wheel, or two fingers, zoom; shift and drag moves along. */
export function dashboardExtras(): ChartExtras {
  // Registered, not listed with a chart: only then the plug-ins set up their defaults.
  Chart.register(zoomPlugin, annotationPlugin);
  return {
    plugins: [],
    options: (frame, onZoom) => {
      const tell = ({
        chart,
      }: {
        chart: { scales: Record<string, { min: number; max: number }> };
      }): void => {
        const scale = chart.scales.x;
        if (scale !== undefined) onZoom([scale.min, scale.max]);
      };
      return {
        zoom: {
          zoom: {
            mode: "x",
            wheel: { enabled: true, modifierKey: "ctrl" },
            pinch: { enabled: true },
            onZoomComplete: tell,
          },
          pan: { enabled: true, mode: "x", modifierKey: "shift", onPanComplete: tell },
        },
        annotation: { annotations: (frame.notes ?? []).map((note) => annotation(note, frame)) },
      };
    },
  };
}

function annotation(note: ChartNote, { colors }: ChartFrame): AnnotationOptions {
  const label = {
    display: true,
    content: note.label,
    color: colors.text,
    backgroundColor: colors.background,
    font: { size: 11, weight: "normal" },
    padding: 2,
  } as const;
  if (note.kind === "level")
    return {
      type: "line",
      yMin: note.y,
      yMax: note.y,
      borderColor: note.style.color,
      borderWidth: 1,
      borderDash: [6, 4],
      label: { ...label, position: "end", yAdjust: -9 },
    };
  return {
    type: "point",
    xValue: note.x,
    yValue: note.y,
    radius: 7,
    borderWidth: 2,
    borderColor: note.style.color,
    backgroundColor: "transparent",
  };
}
