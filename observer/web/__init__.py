"""The runs folder over HTTP: lists, stretches of runs, and streams of what is being written."""
