// An ordinary web page: an error that nobody catches, and a message, through @sentry/browser.
import * as Sentry from "@sentry/browser";

const sent = {};
Sentry.init({
  dsn: new URLSearchParams(location.search).get("dsn"),
  release: "harbour@3.0.1",
  environment: "production",
  dist: "7",
  beforeSend(event) {
    sent[event.message ? "messageId" : "eventId"] = event.event_id;
    return event;
  },
});
Sentry.setUser({ id: "12", email: "elif@example.org", username: "elif" });
Sentry.setTag("quay", "north");
Sentry.setContext("crane", { load: 12, driver: "Otto" });
Sentry.addBreadcrumb({ category: "crane", message: "hook lowered", level: "info", data: { metres: 4 } });

function weigh(container) {
  return container.weight.toFixed(1);
}

function unload(containers) {
  return containers.map(weigh);
}

setTimeout(() => unload([{ weight: 2 }, {}]));
setTimeout(async () => {
  Sentry.captureMessage("crane needs grease", "warning");
  const flushed = await Sentry.flush(10000);
  window.sent = { version: Sentry.SDK_VERSION, flushed, ...sent };
}, 50);
