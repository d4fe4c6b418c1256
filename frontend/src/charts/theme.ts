// The page's colours and type as a Vega config, read from the CSS variables in force.
// Invariant: series colours are the colour-blind-safe palette the reports use.
import type { Config } from "vega-lite";

const PALETTE = {
  light: ["#1f4b99", "#d98a00", "#00876c", "#b65c93", "#3d9bd1", "#c4501b", "#7a7f87", "#8c7a00"],
  dark: ["#86a9f5", "#e9b04d", "#3fc29b", "#dd93c0", "#7cc3ec", "#ee8a5c", "#a5abb5", "#d3c24e"],
};

export function chartConfig(): Config {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const isDark = read("--scheme") === "dark";
  const palette = PALETTE[isDark ? "dark" : "light"];
  const text = read("--ink-soft");
  return {
    background: "transparent",
    font: read("--font"),
    range: { category: palette },
    mark: { color: palette[0] ?? "", tooltip: true },
    bar: { cornerRadiusEnd: 3, discreteBandSize: { band: 0.72 } },
    line: { strokeWidth: 2.25 },
    point: { size: 36, filled: true },
    arc: { stroke: read("--surface"), strokeWidth: 1 },
    view: { stroke: "transparent" },
    axis: {
      domain: false,
      ticks: false,
      grid: false,
      labelColor: text,
      labelFontSize: 12,
      labelPadding: 8,
      titleColor: text,
      titleFontWeight: 500,
    },
    axisQuantitative: { grid: true, gridColor: read("--line"), gridDash: [2, 3] },
    legend: { labelColor: text, titleColor: text, labelFontSize: 12, symbolType: "circle" },
  } as Config;
}
