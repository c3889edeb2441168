"""Default scrubbing: `find` says in one pass which kinds of secrets an event may hold, `walk` replaces them where it does.

`find` may point at harmless text (that costs time), it never overlooks what `walk` would replace (a differential test holds it).
"""
