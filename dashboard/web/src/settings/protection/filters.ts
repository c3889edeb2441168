/** Filters as a form has them. Pure. */

export const BROWSERS = [
  { value: "ie_pre_9", label: "Internet Explorer 8 and older" },
  { value: "ie9", label: "Internet Explorer 9" },
  { value: "ie10", label: "Internet Explorer 10" },
  { value: "ie11", label: "Internet Explorer 11" },
  { value: "edge_pre_79", label: "Edge before 79" },
  { value: "safari_pre_6", label: "Safari before 6" },
  { value: "opera_pre_15", label: "Opera before 15" },
  { value: "opera_mini_pre_8", label: "Opera Mini before 8" },
  { value: "android_pre_4", label: "Android's browser before 4" },
];

export const asText = (lines: readonly string[] | undefined): string => (lines ?? []).join("\n");

/** Blank lines stay while somebody types; the server leaves them out. */
export const asLines = (text: string): string[] => (text === "" ? [] : text.split("\n"));

const SAYS: Readonly<Record<string, string>> = {
  "error-message": "error messages",
  "release-version": "releases",
  "ip-address": "IP addresses",
  "browser-extensions": "browser extensions",
  "legacy-browsers": "legacy browsers",
  "web-crawlers": "web crawlers",
  localhost: "localhost",
  "invalid-csp": "noise in CSP reports",
};

/** A filter's name for people. */
export const filterName = (reason: string): string => SAYS[reason] ?? reason;
