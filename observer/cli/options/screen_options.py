"""Options for how output appears on the screen: its colours, and whether a pager shows it."""

from typing import Annotated, Literal

import typer

ColorOption = Annotated[
    Literal["auto", "always", "never"],
    typer.Option(
        "--color",
        metavar="WHEN",
        help="Use colours: auto (on a terminal), always (through a pipe, too, such as to less -R) or never.",
    ),
]
PagerOption = Annotated[
    bool | None,
    typer.Option(
        "--pager/--no-pager",
        help="Show the output in a pager, or not. [default: on a terminal on which it does not fit]",
        show_default=False,
    ),
]
