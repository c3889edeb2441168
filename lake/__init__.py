"""The lake: Delta tables, their one writer, and the reader that notebooks use."""
