"""Pictures whose matte is known exactly, where mattes are hard to pull: rendered by code, the same on every machine."""
