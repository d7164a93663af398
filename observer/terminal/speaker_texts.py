"""The texts of speakers as they stream: one speaker writes at a time, the pieces of the others are held back."""

from collections.abc import Sequence

from msgspec.structs import replace

from observer.format.event import Event, Record
from observer.runs.state.conversation import ShownPieces
from observer.terminal.layout import PrettyLayout
from observer.terminal.speakers import Speaker, Speakers

MAX_HELD_CHARS = 300
"""Characters of a speaker's text that are held back while another one writes: about four lines."""


class SpeakerTexts:
    """Writes pieces of text and thinking to a layout, and knows which messages were shown in pieces."""

    def __init__(self, layout: PrettyLayout, speakers: Speakers) -> None:
        self._layout, self._speakers = layout, speakers
        self._held: dict[Speaker, list[Event]] = {}
        self._shown = ShownPieces()

    def continue_line(self, records: Sequence[Record], events: Sequence[Event | None], begin: int) -> int:
        """Write the pieces from index `begin` on that continue the unfinished line; see `PrettyLayout.continue_line`.

        Return the index of the first record that was not written.
        """
        end = self._layout.continue_line(records, events, begin)
        if begin < end and (event := events[end - 1]) is not None:
            self._note_shown(event)
        return end

    def write(self, event: Event) -> None:
        """Print a piece of text, or hold it back while another speaker is in the middle of a paragraph."""
        self._note_shown(event)
        speaker = event.parent
        if speaker is not None:
            self._speakers.mark_active(speaker)
        if speaker not in self._held and self._layout.can_write(speaker):
            self._layout.write(event)
            return
        held = self._held.setdefault(speaker, [])
        held.append(event)
        if sum(len(piece.words("text")) for piece in held) > MAX_HELD_CHARS:
            self.release(speaker)

    def missing(self, message: Event) -> Event | None:
        """Return the text of a complete message as a piece, if none of its pieces was shown."""
        if not (text := self._shown.missing_text(message)):
            return None
        return replace(message, type="thought", data={"text": text, "message": message.text("id"), "block": None})

    def release(self, speaker: Speaker) -> None:
        """Print the text of a speaker that was held back."""
        for event in self._held.pop(speaker, ()):
            self._layout.write(event)

    def release_all(self) -> None:
        """Print all text that was held back."""
        for speaker in list(self._held):
            self.release(speaker)

    def _note_shown(self, event: Event) -> None:
        if event.type == "thought":
            self._shown.add(event)
