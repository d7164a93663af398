"""Views: each turns lines into bytes for a screen or a pipe. A view knows nothing of files."""
