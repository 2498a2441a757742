"""The review page: one self-contained HTML file that shows a job's mattes frame by frame, the worst first."""

from .making import Page, make_page, megabytes
from .mattes import MadeFile
from .page import Shot, shot_of

__all__ = ["MadeFile", "Page", "Shot", "make_page", "megabytes", "shot_of"]
