import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The built page belongs to the server package: the same process serves both, and the wheel
// carries it. 3002 is the origin the server allows for development.
export default defineConfig({
  plugins: [react()],
  server: { port: 3002, strictPort: true },
  build: {
    outDir: "../server/web/dist",
    emptyOutDir: true,
    target: "es2022",
    // Chart and editor libraries are large by nature and load on demand; tests/page weighs the rest.
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    // A font or picture inside CSS as data: would need a wider content security policy.
    assetsInlineLimit: 0,
  },
  test: {
    setupFiles: ["./src/test-set-up.ts"],
    css: false,
    restoreMocks: true,
  },
});
