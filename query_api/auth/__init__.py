"""Signing in: sessions, tokens, login attempts."""
