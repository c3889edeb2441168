"""Ownership rules of a project, and whom they suggest for an issue."""
