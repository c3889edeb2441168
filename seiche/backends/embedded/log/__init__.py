"""The event log as a folder of SQLite files: `segment` is one file, `writer` the only one that appends, `reader` for everybody."""
