"""The writing half of runtail: it runs an agent and records the run, or lets your program record its own."""

__version__ = "0.1.0"
