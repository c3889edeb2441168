/** What to paste, by platform. A test sends the shown Python program's DSN through the real SDK. */

export interface Snippet {
  value: string;
  label: string;
  install: string;
  code: (dsn: string) => string;
}

export const PLATFORMS: readonly Snippet[] = [
  {
    value: "python",
    label: "Python",
    install: "pip install sentry-sdk",
    code: (dsn) => `import sentry_sdk

sentry_sdk.init("${dsn}")

1 / 0  # the first error`,
  },
  {
    value: "javascript",
    label: "Browser JavaScript",
    install: "npm install @sentry/browser",
    code: (dsn) => `import * as Sentry from "@sentry/browser";

Sentry.init({ dsn: "${dsn}" });

setTimeout(() => { throw new Error("the first error"); });`,
  },
  {
    value: "node",
    label: "Node.js",
    install: "npm install @sentry/node",
    code: (dsn) => `const Sentry = require("@sentry/node");

Sentry.init({ dsn: "${dsn}" });

setTimeout(() => { throw new Error("the first error"); });`,
  },
  {
    value: "go",
    label: "Go",
    install: "go get github.com/getsentry/sentry-go",
    code: (dsn) => `err := sentry.Init(sentry.ClientOptions{Dsn: "${dsn}"})
if err != nil {
    log.Fatal(err)
}
defer sentry.Flush(2 * time.Second)

sentry.CaptureException(errors.New("the first error"))`,
  },
  {
    value: "java",
    label: "Java",
    install: "implementation 'io.sentry:sentry:8.+'  // build.gradle",
    code: (dsn) => `Sentry.init(options -> options.setDsn("${dsn}"));

Sentry.captureException(new IllegalStateException("the first error"));`,
  },
  {
    value: "other",
    label: "Other (curl)",
    install: "curl --version",
    code: curl,
  },
];

/** The smallest event that the protocol knows, for a program without an SDK. */
function curl(dsn: string): string {
  const { endpoint, key } = dsnParts(dsn);
  return `curl '${endpoint}' \\
  -H 'X-Sentry-Auth: Sentry sentry_version=7, sentry_key=${key}' \\
  -H 'Content-Type: application/json' \\
  -d '{"message": "the first error", "level": "error"}'`;
}

/** A DSN `scheme://KEY@HOST/PROJECT` as the address that takes single events, and its key. */
export function dsnParts(dsn: string): { endpoint: string; key: string } {
  const url = new URL(dsn);
  const project = url.pathname.replace(/^\//, "");
  return { endpoint: `${url.protocol}//${url.host}/api/${project}/store/`, key: url.username };
}

export const snippetFor = (platform: string): Snippet | undefined =>
  PLATFORMS.find(({ value }) => value === platform) ?? PLATFORMS[0];
