"""Everything between the engine's logits and the files: clean-up and edges."""
