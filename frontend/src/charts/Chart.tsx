// A chart from a spec: drawn when seen first, redrawn when the theme changes, clickable marks.
import { useEffect, useRef, useState } from "react";
import { useTheme } from "../settings/theme";
import type { Drawn } from "./draw";
import type { Spec } from "./spec";

export type Datum = Record<string, unknown>;

interface Props {
  spec: Spec;
  label: string;
  onPick?: ((datum: Datum) => void) | undefined;
  onDrawn?: ((drawn: Drawn | null) => void) | undefined;
}

export function Chart({ spec, label, onPick, onDrawn }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const { scheme } = useTheme();

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const life = new AbortController();
    let drawn: Drawn | null = null;
    const show = async () => {
      const { draw } = await import("./draw");
      life.signal.throwIfAborted();
      drawn = await draw(element, spec);
      life.signal.throwIfAborted();
      if (onPick) {
        drawn.view.addEventListener("click", (_event, item) => {
          const datum = (item as { datum?: Datum } | null)?.datum;
          if (datum !== undefined) onPick(datum);
        });
      }
      element.dataset["drawn"] = "true";
      onDrawn?.(drawn);
    };
    show().catch(() => {
      if (life.signal.aborted) drawn?.finalize();
      else setFailed(true);
    });
    return () => {
      life.abort();
      delete element.dataset["drawn"];
      onDrawn?.(null);
      drawn?.finalize();
    };
  }, [spec, scheme, onPick, onDrawn]);

  if (failed)
    return <p className="muted">This chart cannot be drawn here; the table shows its numbers.</p>;
  return (
    <div
      ref={place}
      className={onPick ? "chart chart-pickable" : "chart"}
      role="img"
      aria-label={label}
    />
  );
}
