"""The keys of the full-screen view, and what they do: for the screens, the help and the command palette.

They have priority, so that keys that are typed ahead act one after another, each where the one before has led.
"""

from textual.binding import Binding


def _bindings(*keys: tuple[str, str, str]) -> list[Binding]:
    return [Binding(key, action, words, show=False, priority=True) for key, action, words in keys]


MOVING = _bindings(
    ("j,down", "move(1)", "Select the next entry; within a long one, scroll a line"),
    ("k,up", "move(-1)", "Select the previous entry"),
    ("pagedown,space,ctrl+f", "page(0.9)", "Scroll a screen down"),
    ("pageup,ctrl+b", "page(-0.9)", "Scroll a screen up"),
    ("ctrl+d", "page(0.5)", "Scroll half a screen down"),
    ("ctrl+u", "page(-0.5)", "Scroll half a screen up"),
    ("g,home", "start", "Go to the start"),
    ("G,end", "end", "Go to the end, and follow the run"),
    ("enter", "open", "Show all of the selected entry; open the selected run"),
)
LOG = _bindings(
    ("f", "follow", "Follow the run, or pause"),
    ("slash", "ask('search')", "Search for a regular expression"),
    ("n", "find('search', True)", "Next hit of the search"),
    ("N", "find('search', False)", "Previous hit of the search"),
    ("e", "find('error', True)", "Next error"),
    ("E", "find('error', False)", "Previous error"),
    ("b", "find('blocked', True)", "Next blocked call"),
    ("B", "find('blocked', False)", "Previous blocked call"),
    ("s", "find('session', True)", "Next session"),
    ("S", "find('session', False)", "Previous session"),
    ("colon", "ask('place')", "Go to an event number, a time, or an age (-10m)"),
    ("tab", "fold", "Unfold or fold the selected entry"),
    ("z", "fold_all(False)", "Fold all entries"),
    ("Z", "fold_all(True)", "Unfold all entries"),
    ("t", "hide('thinking')", "Hide or show thinking"),
    ("o", "outputs", "Show or hide what tools printed"),
    ("h", "hide('heartbeat')", "Show or hide heartbeats and progress"),
    ("a", "solo", "Show the agent of the selected entry only, or all"),
    ("w", "wrap", "Wrap long lines, or cut them"),
    ("u", "zone", "Show times in UTC, or in the local zone"),
    ("J", "raw", "Show the selected entry as JSON"),
    ("y", "copy('event')", "Copy the selected entry (OSC 52)"),
    ("Y", "copy('command')", "Copy the command that shows it"),
    ("left", "sideways(-8)", "In the detail, without wrapping: scroll to the left"),
    ("right", "sideways(8)", "In the detail, without wrapping: scroll to the right"),
    ("T", "tree", "Go to the tree of sessions and subagents, or back"),
    ("left_square_bracket", "other_run(1)", "Previous (older) run"),
    ("right_square_bracket", "other_run(-1)", "Next (newer) run"),
    ("r", "runs", "List of runs"),
)
LEAVING = _bindings(
    ("question_mark", "help", "Show the keys"),
    ("q", "back", "Back, or quit"),
    ("escape", "close", "Back"),
    ("ctrl+c", "quit", "Quit"),
    ("ctrl+z", "app.suspend_process", "Suspend"),
)
LIST = _bindings(
    ("slash", "ask('filter')", "Show the runs whose ID or task has a text"),
    ("u", "zone", "Show times in UTC, or in the local zone"),
)
