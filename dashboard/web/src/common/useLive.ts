import { useEffect, useEffectEvent, useState } from "react";
import type { Schemas } from "../api/client";

type Activity = Schemas["ActivityEntry"];

/**
 * The project's activity as it happens; tells whether it is live now. A hidden tab lets go of its connection: browsers open six to
 * one server, and the tab catches up when it is looked at again.
 */
export function useLive(slug: string, onActivity: (entry: Activity | undefined) => void): boolean {
  const [live, setLive] = useState(false);
  const tell = useEffectEvent(onActivity);
  useEffect(() => {
    let source: EventSource | undefined;
    const open = (): void => {
      source = new EventSource(`/api/v1/projects/${encodeURIComponent(slug)}/live`);
      source.onopen = () => setLive(true);
      source.onerror = () => setLive(false); // the browser comes back by itself
      source.addEventListener("activity", (message: MessageEvent<string>) =>
        tell(JSON.parse(message.data) as Activity),
      );
    };
    const close = (): void => {
      source?.close();
      source = undefined;
      setLive(false);
    };
    const follow = (): void => {
      if (document.hidden) close();
      else if (!source) {
        open();
        tell(undefined); // whatever was missed meanwhile
      }
    };
    if (!document.hidden) open();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      close();
    };
  }, [slug]);
  return live;
}
