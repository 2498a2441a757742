"""Putting a panel where its host looks for it: bundles of its files, and lines in the host's own settings."""
