"""The kernel: vocabulary, ports and pure functions. It imports no web framework and no Dagster."""
