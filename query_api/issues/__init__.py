"""The issue list, one issue, and what people decide about it."""
