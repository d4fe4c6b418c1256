// Draws a Vega-Lite spec into an element. Loaded on demand, as the libraries are large.
// Invariant: expressions run in the interpreter (no eval), and nothing is fetched by a spec.
import embed, { type Config, type Result } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { loader } from "vega";
import { chartConfig, inTheme } from "./theme";
import type { Spec } from "./spec";

const offline = loader();
offline.load = () => Promise.reject(new Error("A chart's data comes with the chart."));

export type Drawn = Result;

const HEIGHT = 240;
const NAME_WIDTH = 88;
const NARROW = 460;

export function draw(element: HTMLElement, spec: Spec): Promise<Drawn> {
  const { locale } = (spec["config"] ?? {}) as { locale?: NonNullable<Config["locale"]> }; // how its money is written
  const width = element.clientWidth;
  const config = {
    ...chartConfig(width < NARROW ? "bottom" : "right"),
    ...(locale === undefined ? {} : { locale }),
  };
  return embed(element, inTheme(fit(spec, width)), {
    actions: false,
    ast: true,
    expr: expressionInterpreter,
    renderer: "svg",
    config,
    loader: offline,
    tooltip: { theme: "custom" },
    defaultStyle: false,
  });
}

/** Full width of its card; in a narrow one, names slant and the legend goes below. */
function fit(spec: Spec, width: number): Spec {
  // The card around the chart says the title; colours and type are those of the page.
  const rest = { ...spec };
  delete rest["title"];
  delete rest["config"];
  const height = spec["height"] ?? HEIGHT;
  return {
    ...rest,
    ...slant(spec, width),
    width: "container",
    height,
    autosize: { type: "fit-x", contains: "padding" },
  };
}

interface Axis {
  type?: string;
  axis?: Record<string, unknown> | null;
}

/** Names below bars that would run into each other. */
function slant(spec: Spec, width: number): Spec {
  const encoding = spec["encoding"] as Record<string, Axis> | undefined;
  const values = (spec["data"] as { values?: unknown[] } | undefined)?.values ?? [];
  const x = encoding?.["x"];
  if (x?.type !== "nominal" || width / Math.max(1, values.length) > NAME_WIDTH) return {};
  const axis = { ...x.axis, labelAngle: -38, labelAlign: "right", labelLimit: 110 };
  return { encoding: { ...encoding, x: { ...x, axis } } };
}
