// Light, dark or as the system: kept in local storage (a preference, nothing secret).
// Invariant: <html data-theme> says what holds, so that CSS alone decides every colour.
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export type Scheme = "light" | "dark";

const NAME = "revenue-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

let theme: Theme = readKept();

function readKept(): Theme {
  try {
    const kept = localStorage.getItem(NAME);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

function schemeOf(): Scheme {
  if (theme !== "system") return theme;
  return system.matches ? "dark" : "light";
}

function apply(): void {
  document.documentElement.dataset["theme"] = schemeOf();
  listeners.forEach((tell) => tell());
}

export function startTheme(): void {
  apply();
  system.addEventListener("change", apply);
}

export function setTheme(wanted: Theme): void {
  theme = wanted;
  try {
    localStorage.setItem(NAME, wanted);
  } catch {
    // Storage is switched off: the choice holds until the page is closed.
  }
  apply();
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export function useTheme(): { theme: Theme; scheme: Scheme } {
  const scheme = useSyncExternalStore(subscribe, schemeOf);
  const chosen = useSyncExternalStore(subscribe, () => theme);
  return { theme: chosen, scheme };
}
