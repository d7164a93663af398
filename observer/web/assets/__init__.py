"""The files of the page as they are served, and what a browser may run in them.

Modules, each importing only those above it:

    content_policy  the Content-Security-Policy of pages
    page_script     modules of the page joined into one script, and that put into the page
    token_page      the page that asks for the access token
    static          the files of the page
"""
