// Draws a Vega-Lite spec into an element. Loaded on demand, as the libraries are large.
// Invariant: expressions run in the interpreter (no eval), and nothing is fetched by a spec.
import embed, { type Result, type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { loader } from "vega";
import { chartConfig } from "./theme";
import type { Spec } from "./spec";

const offline = loader();
offline.load = () => Promise.reject(new Error("A chart's data comes with the chart."));

export type Drawn = Result;

export function draw(element: HTMLElement, spec: Spec): Promise<Drawn> {
  return embed(element, fit(spec) as VisualizationSpec, {
    actions: false,
    ast: true,
    expr: expressionInterpreter,
    renderer: "svg",
    config: chartConfig() as never,
    loader: offline,
    tooltip: { theme: "custom" },
    defaultStyle: false,
  });
}

/** Full width of its card; height by the number of bars where they lie. */
function fit(spec: Spec): Spec {
  // The card around the chart says the title; colours and type are those of the page.
  const { title: _title, config: _config, ...rest } = spec;
  return { ...rest, width: "container", height: heightOf(spec), autosize: { type: "fit-x", contains: "padding" } };
}

function heightOf(spec: Spec): unknown {
  const encoding = spec["encoding"] as Record<string, { type?: string } | undefined> | undefined;
  const isLying = ["nominal", "ordinal"].includes(encoding?.["y"]?.type ?? "");
  if (isLying) return { step: 30 };
  return typeof spec["height"] === "number" ? spec["height"] : 240;
}
