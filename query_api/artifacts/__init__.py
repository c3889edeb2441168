"""Uploaded source maps and mappings, and why a frame is or is not resolved."""
