"""Shots rendered with their exact mattes, and faults put into those."""
