"""What protects a project: limits, spike protection, inbound filters with their preview, scrubbing; and what became of every item."""
