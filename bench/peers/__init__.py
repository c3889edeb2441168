"""Peers from their own packages, in folders of their own, measured with the same events in the same run."""
