import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` against a running product: SEICHE_URL says where. The Host header stays, so the server sees its own origin.
const backend = process.env["SEICHE_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/api": { target: backend } } },
  build: {
    target: "es2022",
    manifest: true,
    // The server's Content-Security-Policy lets fonts be data, never scripts; everything is a file of our own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
