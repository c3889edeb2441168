"""What the installation itself is doing."""
