"""The search language: parse, print, compile to ClickHouse SQL. Pure; the registry's half is `seiche.registry.issue_queries`."""
