"""Choosing by hand which of two servers mail leaves by."""

from __future__ import annotations

from panel.clock import Instant
from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.route import Choice, SenderRoute
from panel.outbox.pace.store import PaceStore
from panel.settings.store import Version
from panel.storage.actor import Actor


class NoSecondServer(PanelError):
    """There is one server only, and nothing to choose."""

    def __init__(self) -> None:
        self.text = Text(_NO_SECOND)
        super().__init__(str(self.text))


_NO_SECOND = N_("There is no second server. Set one up first.")


def choose_server(pace: PaceStore, version: Version, choice: Choice, at: Instant, *, by: Actor) -> SenderRoute:
    """Have mail leave by the server of somebody's choice; say how it leaves then, or raise `NoSecondServer`."""
    terms = Terms.of(version)
    if terms.second is None:
        raise NoSecondServer
    pace.choose(choice, at, by=by)
    return pace.route(terms, at)
