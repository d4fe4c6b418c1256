// Draws a Vega-Lite spec into an element. Loaded on demand, as the libraries are large.
// Invariant: expressions run in the interpreter (no eval), and nothing is fetched by a spec.
import embed, { type Result, type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { loader } from "vega";
import { chartConfig, inTheme } from "./theme";
import type { Spec } from "./spec";

const offline = loader();
offline.load = () => Promise.reject(new Error("A chart's data comes with the chart."));

export type Drawn = Result;

const HEIGHT = 240;

export function draw(element: HTMLElement, spec: Spec): Promise<Drawn> {
  const { locale } = (spec["config"] ?? {}) as { locale?: unknown }; // how its money is written
  const config = locale === undefined ? chartConfig() : { ...chartConfig(), locale };
  return embed(element, inTheme(fit(spec)) as VisualizationSpec, {
    actions: false,
    ast: true,
    expr: expressionInterpreter,
    renderer: "svg",
    config: config as never,
    loader: offline,
    tooltip: { theme: "custom" },
    defaultStyle: false,
  });
}

/** Full width of its card; height by the number of bars where they lie. */
function fit(spec: Spec): Spec {
  // The card around the chart says the title; colours and type are those of the page.
  const { title: _title, config: _config, ...rest } = spec;
  const height = spec["height"] ?? HEIGHT;
  return { ...rest, width: "container", height, autosize: { type: "fit-x", contains: "padding" } };
}
