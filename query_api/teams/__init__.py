"""Members, teams, and who belongs to which."""
