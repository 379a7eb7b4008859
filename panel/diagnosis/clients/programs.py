"""What is said by programs that people use: curl, msmtp, swaks, s-nail, mutt, git send-email, Thunderbird, Outlook."""

from __future__ import annotations

from panel.diagnosis.clients.mailers.commands import COMMANDS
from panel.diagnosis.clients.mailers.curl import CURL
from panel.diagnosis.clients.mailers.outlook import OUTLOOK
from panel.diagnosis.clients.mailers.thunderbird import THUNDERBIRD
from panel.diagnosis.wording import Wording

PROGRAMS: tuple[Wording, ...] = (*CURL, *COMMANDS, *THUNDERBIRD, *OUTLOOK)
