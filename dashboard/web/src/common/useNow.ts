import { useSyncExternalStore } from "react";

const TICK_MS = 10_000;
let now = Date.now();
let timer: number | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    timer = window.setInterval(() => {
      now = Date.now();
      for (const tell of listeners) tell();
    }, TICK_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.clearInterval(timer);
  };
}

/** Milliseconds since 1970, renewed every ten seconds by one timer for the whole page. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);
