"""The page that asks for the access token, for a browser that comes without it.

It is a form that works without a script: what a link names after `#` stays in the address, so the right token opens it.
"""

from starlette.responses import HTMLResponse

from observer.web.assets.content_policy import source_of
from observer.web.assets.page_script import read_page_file

_MISSING = "Enter the token that observe serve printed at its start, or open the URL that it printed."
_WRONG = "This token is wrong. " + _MISSING
_RELOAD = 'if (performance.getEntriesByType("navigation")[0].type !== "reload") location.reload();'
"""Not again and again, whatever a browser says of a page that reloads itself."""
_REST_OF_POLICY = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def token_page(*, is_wrong: bool, from_elsewhere: bool) -> HTMLResponse:
    """Return the page for a request without a token, or with a wrong one.

    The browser withholds the cookie when a link of another site is followed, as it is strict, so then the page reloads.
    """
    page = read_page_file("token.html").replace("<!-- reason -->", _WRONG if is_wrong else _MISSING)
    page = page.replace("<!-- reload -->", f"<script>{_RELOAD}</script>" if from_elsewhere else "")
    style = page[page.index("<style>") + len("<style>") : page.index("</style>")]
    sources = f"style-src {source_of(style)}; script-src {source_of(_RELOAD)}"
    policy = f"default-src 'none'; {sources}; {_REST_OF_POLICY}"
    return HTMLResponse(page, 401, {"content-security-policy": policy})
