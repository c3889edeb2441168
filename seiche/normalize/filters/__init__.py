"""Inbound filters: which events a project's owners do not want. Pure: the same code decides at accept and previews on history."""

from seiche.normalize.filters.glance import Glance, glance
from seiche.normalize.filters.verdict import Screen

__all__ = ["Glance", "Screen", "glance"]
