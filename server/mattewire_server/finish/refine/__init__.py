"""Edges from the plate: what an engine leaves open between its large pixels, settled by the plate's small ones."""
