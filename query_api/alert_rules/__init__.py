"""Alert rules, their webhook secrets and test notifications."""
