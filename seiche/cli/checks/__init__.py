"""What `seiche doctor` looks at."""
