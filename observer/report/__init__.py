"""Reports about one run, each as a document: HTML page, Markdown, JUnit XML, Chrome trace.

Modules, each importing only those above it:

    target         the file that a report goes to
    job_summary    the job summary of GitHub Actions
    last_events    the last events of a run in words
    answer         how the run ended, and which run it is
    truncate       sanitized texts with the middle left out
    svg_charts     progress and cost over time as SVG
    bundle         the script and style of the HTML report in one piece each
    problem_rows   the events that went wrong
    row_chunks     the rows of a run in compressed chunks
    contents       all that a page says of a run, for which it is read once
    html_text      text of a run as text of a page
    html_answer    how the run ended and totals as HTML
    html_panel     features, all that went wrong, cost and context as HTML
    html_problems  lists of what went wrong as HTML
    html_tables    tables as HTML
    html           the HTML report
    markdown_parts  code spans, lists and tables
    markdown_answer  how the run ended and what went wrong, as Markdown
    markdown       the Markdown report
    junit          the JUnit XML report
    trace          the Chrome trace
"""
