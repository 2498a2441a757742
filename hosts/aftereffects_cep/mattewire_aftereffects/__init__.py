"""The built panel for After Effects, as package data: `extension/` is what After Effects loads."""
