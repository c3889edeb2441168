import { ApiError } from "../api/client";

/** What the reader can do about an error. */
export function adviceOn(error: Error): string {
  if (!(error instanceof ApiError)) return "This is a fault of the dashboard: reload the page.";
  if (error.status === 0) return "Check your connection, or start the server with `seiche up`. Nothing was changed.";
  switch (error.status) {
    case 400:
      return "Change the search or the form as the message says.";
    case 401:
      return "Sign in again.";
    case 403:
      return "Ask an owner or admin of your organization.";
    case 404:
      return "It may have been removed, or it belongs to another organization.";
    case 429:
      return `Wait ${error.retryAfterSeconds || 60} seconds.`;
    case 503:
      return "It comes back by itself as a rule; the Status page says which process is down.";
    default:
      return "The log of the web process has the reason under the request's id.";
  }
}
