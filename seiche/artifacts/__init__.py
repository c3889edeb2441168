"""Uploaded source maps and ProGuard mappings: taken, kept, and found again for the events of their project."""
