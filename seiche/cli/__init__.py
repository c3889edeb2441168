"""The `seiche` command: what people type, and the processes that `seiche up` supervises."""
