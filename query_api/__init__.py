"""FastAPI for the dashboard and tokens: reads registry, ClickHouse, index and lake; writes what people decide."""
