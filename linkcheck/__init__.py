"""Check the links and images of an archive of articles."""

__version__ = "0.1.0"
