"""The project's own benchmarks: each prints one table. `make bench` runs `python -m bench.spine`."""
