"""DaVinci Resolve: the panel and what it does with the timeline. Only `api` calls Resolve's objects."""
