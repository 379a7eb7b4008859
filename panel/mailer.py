"""The Python door: an application sends through the outbox with one object, from any of its threads and processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path

from panel import clock, config
from panel.config import Config
from panel.errors import ConfigError
from panel.mail.dsn.notify import notified
from panel.mail.message.compose import Attachment, Draft, compose
from panel.mail.message.normalize import Unacceptable as Refused
from panel.mail.message.normalize import normalize
from panel.mail.message.submission import Priority
from panel.outbox.enqueue import Enqueuer, Ticket
from panel.outbox.entry import Entry
from panel.outbox.search import Listing
from panel.settings.sender import door_terms
from panel.storage.actor import Actor
from panel.storage.opening import open_database

__all__ = ["Attachment", "Draft", "Mailer", "Priority", "Refused", "Ticket"]

PYTHON_DOOR = "python"


class Mailer:
    """Puts messages into the outbox; each is on disk when its ticket is there, and workers send it.

    `account` is the name under which the outbox shows them, and under which an idempotency key is known.
    """

    def __init__(self, config: Config, *, account: str = "") -> None:
        self._config = config
        self._by = Actor(account, PYTHON_DOOR)
        self._database = open_database(*config.place)
        self._database.require()
        self._enqueuer = Enqueuer(self._database)
        self._database.close()  # each process opens its own, when it needs it

    @classmethod
    def open(cls, home: str | PathLike[str] | None = None, *, account: str = "") -> Mailer:
        """Open the outbox that the environment names, or that of a home with its data file.

        A home that is named is another one than the environment's, whose MAIL_PANEL_DATABASE says nothing of it,
        whether a file or a server: nobody's mail leaves by another panel than the one that was asked for. Where the
        data is on a server, name none.

        Raise `PanelError` with a sentence where there is none, or where this user may not write to it.
        """
        read = config.read()
        return cls(read if home is None else _at(Path(home), read), account=account)

    def send(self, draft: Draft, *, key: str | None = None, notify: str = "") -> Ticket:
        """Put a message into the outbox, or raise `Refused` with the name of the part that is wrong.

        With a `key`, a second call gives the ticket of the first, whatever became of it. `notify` is when the mail
        servers on the way are asked to report: `never`, or any of `failure,delay,success`; blank for the first two.
        """
        now, (host, limits) = clock.now(), door_terms(self._database)
        submission = notified(compose(draft, now=now, host=host, limits=limits), notify)
        return self._enqueuer.enqueue(submission, by=self._by, key=key, now=now)

    def send_all(self, drafts: Sequence[Draft], *, notify: str = "") -> list[Ticket]:
        """Put many messages into the outbox at once, all of them or none; one by one takes many times as long."""
        now, (host, limits) = clock.now(), door_terms(self._database)
        submissions = [notified(compose(draft, now=now, host=host, limits=limits), notify) for draft in drafts]
        return self._enqueuer.enqueue_all(submissions, by=self._by, now=now)

    def send_raw(
        self,
        message: bytes,
        rcpt_to: Sequence[str] = (),
        *,
        priority: Priority = Priority.NORMAL,
        key: str | None = None,
        notify: str = "",
    ) -> Ticket:
        """Put an RFC 5322 message into the outbox, for these recipients or for those in its To, Cc and Bcc."""
        now, (host, limits) = clock.now(), door_terms(self._database)
        submission = normalize(message, rcpt_to=rcpt_to, now=now, host=host, priority=priority, limits=limits)
        submission = notified(submission, notify)
        return self._enqueuer.enqueue(submission, by=self._by, key=key, now=now)

    def status(self, number: int) -> Entry | None:
        """Give a message as it is now, with its recipients and all that was tried; None where it is gone."""
        return Listing(self._database).get(number)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Send in a thread of this process while the context lasts, in place of `mail-panel worker`.

        Others may send beside it, and keep one pace with it. A fork takes the thread not along. Where a file gives the
        settings, it is read now, and what is wrong there is raised.
        """
        from panel.server.supervisor import STOP_SECONDS
        from panel.server.worker import make_worker  # only who sends needs the key, TLS and the rest
        from panel.services import open_services

        self._database.refuse_unfit()
        services = open_services(self._config)
        if self._config.settings_file:
            from panel.server.given_settings import take_at_start  # few have one

            take_at_start(services)
        worker = make_worker(services)
        thread = threading.Thread(target=worker.run, args=(self._database.notifier,), name="mail-worker", daemon=True)
        thread.start()
        try:
            yield
        finally:
            worker.stop()
            thread.join(STOP_SECONDS)


def _at(home: Path, read: Config) -> Config:
    """Give what is there in another home than the environment's."""
    there = replace(read, home=home, database=None, database_url="", database_password_file=None, key_file=None)
    there = replace(there, settings_file=None)
    if read.database_url and not there.database_path.exists():
        raise ConfigError(
            f"There is no {there.database_path}, and a home that is named is not looked for on the server of "
            "MAIL_PANEL_DATABASE. Set MAIL_PANEL_HOME, and open the Mailer without a home."
        )
    return there
