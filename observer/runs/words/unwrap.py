"""Takes off the frames that the CLI puts around what a tool returned: they speak to the model, not to people. Pure."""

import re

_SAVED = re.compile(
    r"<persisted-output>\n([^\n]*)\n\s*Preview[^\n]*\n(.*?)(?:\n\.\.\.)?\n?(?:</persisted-output>\s*)?", re.DOTALL
)
_HANDED_BACK = "[Subagent hand-back]"
_TOOLS = re.compile(r"\A\s*<tools-used-before-summary>[^<]*</tools-used-before-summary>\s*")


def unwrap(output: str) -> tuple[str, str]:
    r"""Return an output without its frame, and what the frame says to people, empty if there is none.

    >>> unwrap("<persisted-output>\nToo large. Saved to: /a\n\nPreview (first 2KB):\n1\n2\n...\n</persisted-output>")
    ('1\n2', 'Too large. Saved to: /a')
    """
    if output.startswith("<persisted-output>") and (match := _SAVED.fullmatch(output)):
        return match[2], match[1]
    if _HANDED_BACK in output:
        from observer.dialects.claude.notifications import report_in_result  # noqa: PLC0415 - few runs have one

        return report_in_result(_TOOLS.sub("", output)), ""
    return output, ""
