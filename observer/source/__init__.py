"""Where lines come from: a file that is followed, or standard input. A source knows nothing of their meaning."""
