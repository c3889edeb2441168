"""Default scrubbing: `hits` finds by hyperscan where secrets may be and what to splice in; `walk` does the rest, which is rare."""
