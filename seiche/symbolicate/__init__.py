"""Minified and obfuscated frames -> the program's own, with a reason for each that stays as it is. Pure: `Artifacts` is asked."""

from seiche.symbolicate.artifacts import NO_ARTIFACTS, Artifacts
from seiche.symbolicate.event import symbolicate

__all__ = ["NO_ARTIFACTS", "Artifacts", "symbolicate"]
