"""Reports about one run, each as a document: HTML page, Markdown, JUnit XML, Chrome trace.

Modules, each importing only those above it:

    target         the file that a report goes to
    job_summary    the job summary of GitHub Actions
    truncate       sanitized texts with the middle left out
    svg_charts     progress and cost over time as SVG
    bundle         the script and style of the HTML report in one piece each
    html_fields    fields of an event to be read
    html_rows      events folded to the rows of the log
    html_sections  outcome, totals, problems and tables as HTML
    html           the HTML report
    markdown       the Markdown report
    junit          the JUnit XML report
    trace          the Chrome trace
"""
