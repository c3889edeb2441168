"""HTTP into the pipeline's input, and its answer back into HTTP; a module an endpoint."""
