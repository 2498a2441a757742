"""What ``protocol/generate.py`` is made of; development only, in no wheel."""
