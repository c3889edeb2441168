"""The search index on OpenSearch: an index a day behind one alias."""
