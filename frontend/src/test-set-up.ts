// What jsdom lacks and the page expects of a browser; and a clean page between tests.
import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// Only tests of components have a document; the others run without one, which is much faster.
if (typeof window !== "undefined") {
  const noMatch = { matches: false, addEventListener: () => undefined };
  window.matchMedia = () => noMatch as unknown as MediaQueryList;
}

afterEach(cleanup);
