"""Pixels and places."""
