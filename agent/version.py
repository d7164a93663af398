"""The version of the distribution, written into every `run_start`."""

__version__ = "0.1.0"
