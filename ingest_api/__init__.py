"""From an SDK's request to durable records."""
