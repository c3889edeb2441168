"""Bytes on the wire -> items and events: strict, bounded, pure. Every refusal is `seiche.errors.InvalidInput` with a reason.

A request goes through `content` (decompression), then `envelope`, `store` or `batch` (framing), then `event.gate` for each event.
"""
