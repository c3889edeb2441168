"""Pure: an issue's lifecycle (new, ongoing, regressed, resolved, ignored) and the order of releases."""
