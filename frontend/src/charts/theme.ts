// The page's colours and type as a Vega config, read from the CSS variables in force.
// Invariant: series colours are the colour-blind-safe palette the reports use.
import type { Config } from "vega-lite";

const PALETTE = {
  light: ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000"],
  dark: ["#4ba6dc", "#E69F00", "#19b88c", "#d98fb8", "#8fcdf2", "#e97a2e", "#F0E442", "#eceef2"],
};

/** Colours a spec made for print names itself, and what they are on a dark page. */
const ON_DARK: Record<string, string> = {
  "#1f2933": "#d5dae2",
  "#52606d": "#b4bbc7",
  "#9aa5b1": "#6e7786",
  "#e4e7eb": "#2a303a",
  white: "#181c23",
  "#ffffff": "#181c23",
  ...Object.fromEntries(
    PALETTE.light.map((colour, at) => [colour.toLowerCase(), PALETTE.dark[at] ?? colour]),
  ),
};

/** The spec in the colours of the theme in force. */
export function inTheme<T>(spec: T): T {
  const isDark = getComputedStyle(document.documentElement).getPropertyValue("--scheme").trim();
  return isDark === "dark" ? (recolour(spec) as T) : spec;
}

function recolour(value: unknown): unknown {
  if (typeof value === "string") return ON_DARK[value.toLowerCase()] ?? value;
  if (Array.isArray(value)) return value.map(recolour);
  if (typeof value !== "object" || value === null) return value;
  // The rows of a chart are data, whatever they say.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === "data" ? item : recolour(item)]),
  );
}

export function chartConfig(legend: "bottom" | "right"): Config {
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
    legend: {
      orient: legend,
      columns: legend === "bottom" ? 2 : 1,
      labelColor: text,
      titleColor: text,
      labelFontSize: 12,
      symbolType: "circle",
    },
  };
}
