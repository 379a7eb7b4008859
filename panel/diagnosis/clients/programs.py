"""What is said by programs that people use: curl, msmtp, swaks, s-nail, mutt, git send-email, Thunderbird, Outlook."""

from __future__ import annotations

from panel.diagnosis.clients.languages.git import GIT
from panel.diagnosis.clients.languages.msmtp import MSMTP
from panel.diagnosis.clients.languages.mutt import MUTT
from panel.diagnosis.clients.languages.thunderbird import TRANSLATED
from panel.diagnosis.clients.languages.windows import WINDOWS
from panel.diagnosis.clients.mailers.commands import COMMANDS
from panel.diagnosis.clients.mailers.components import COMPONENTS
from panel.diagnosis.clients.mailers.curl import CURL
from panel.diagnosis.clients.mailers.outlook import OUTLOOK
from panel.diagnosis.clients.mailers.thunderbird import THUNDERBIRD
from panel.diagnosis.wording import Wording

_TRANSLATED = (*TRANSLATED, *GIT, *MSMTP, *MUTT, *WINDOWS)
PROGRAMS: tuple[Wording, ...] = (*CURL, *COMMANDS, *THUNDERBIRD, *OUTLOOK, *COMPONENTS, *_TRANSLATED)
