"""What is said by mail servers about the server that they hand mail to."""

from __future__ import annotations

from panel.diagnosis.clients.relays.others import OTHERS
from panel.diagnosis.clients.relays.postfix_exim import EXIM, POSTFIX
from panel.diagnosis.wording import Wording

SERVERS: tuple[Wording, ...] = (*POSTFIX, *EXIM, *OTHERS)
