"""What users said."""
