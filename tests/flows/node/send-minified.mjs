// A bundled program: loads the minified file given, which carries its debug id, and reports what it throws through @sentry/node.
import * as Sentry from "@sentry/node";
import { createRequire } from "node:module";

const [dsn, file, release] = process.argv.slice(2);
Sentry.init({ dsn, release, environment: "production" });
createRequire(import.meta.url)(file);

let eventId;
try {
  globalThis.buy();
} catch (error) {
  eventId = Sentry.captureException(error);
}
await Sentry.flush(10000);
console.log(JSON.stringify({ eventId }));
