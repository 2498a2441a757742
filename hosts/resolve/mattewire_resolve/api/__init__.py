"""The only part that calls Resolve's objects."""
