"""Pure: an event's body in whatever shape an SDK sends -> `Event`, and the text that search looks at."""

from seiche.normalize.event import normalise
from seiche.normalize.search import search_text

__all__ = ["normalise", "search_text"]
