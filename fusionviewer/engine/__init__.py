"""Answering fusion requests; no threads, no window."""
