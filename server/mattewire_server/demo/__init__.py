"""The demo: a shot that Mattewire renders itself, its exact matte, the measure of a result, and contact sheets."""
