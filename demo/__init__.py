"""A small web shop with ordinary bugs, and the people who shop there. It knows nothing of Seiche but a DSN."""
