"""`seiche up`: starts the processes of the embedded profile, keeps them running, tells how they are, stops them in order."""
