"""What sentry-cli calls, under /api/0: answers in its shapes, for the unmodified program (docs/releases-and-source-maps.md)."""
