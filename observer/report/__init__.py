"""Reports on a run for those who were not there: a page, Markdown, JUnit XML, a trace. One module each, pure."""
