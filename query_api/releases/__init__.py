"""Releases: what was created, committed, deployed and uploaded, and what events say of it."""
