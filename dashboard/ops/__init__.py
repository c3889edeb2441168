"""What the person who runs the pipeline looks at: state over time. Runs and lineage are in Dagster's own pages."""
