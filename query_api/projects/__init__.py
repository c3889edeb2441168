"""Projects, their keys, settings and accounting."""
