"""The reading half of runtail: it follows run files and shows what an agent is doing.

Floors, each importing only floors above it in this list: `framing`, `position` and `sanitize` (pure), `event`,
`source` (with `wake` and `lock`), `state`, `render`, `tail`, `cli`.
"""

__version__ = "0.1.0"
