// An ordinary Node program: reports an error with its cause, a message, breadcrumbs, tags and a user through @sentry/node.
import * as Sentry from "@sentry/node";

Sentry.init({ dsn: process.argv[2], release: "harbour@3.0.1", environment: "production", serverName: "pier-2" });
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

let eventId;
try {
  unload([{ weight: 2 }, {}]);
} catch (error) {
  eventId = Sentry.captureException(error);
}
const messageId = Sentry.captureMessage("crane needs grease", "warning");
await Sentry.flush(10000);
console.log(JSON.stringify({ eventId, messageId }));
