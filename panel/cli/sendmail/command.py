"""The `sendmail` command: mail from standard input into the outbox, for whatever calls the real one.

It is a process for each message, so it imports next to nothing and reads its words itself. It needs no key.
"""

import os
import signal
import sys
from collections.abc import Sequence
from email.utils import formataddr
from typing import NamedTuple

from panel import clock, home
from panel.errors import (
    BrokenOff,
    CannotWrite,
    ConfigError,
    DatabaseBusy,
    DatabaseError,
    NoAccess,
    OutboxFull,
    PanelError,
    name_mistake,
)
from panel.home import Home
from panel.i18n import Text
from panel.mail.limits import LARGEST_BYTES, NO_MORE
from panel.mail.message.address import BadValue, parse_header_text
from panel.mail.message.header import MAX_WRITTEN, addresses
from panel.mail.message.normalize import Unacceptable, addressed, normalize
from panel.mail.message.submission import Submission
from panel.mail.text import decoded
from panel.outbox.enqueue import Enqueuer
from panel.settings.sender import DoorTerms, door_terms
from panel.storage.actor import Actor
from panel.storage.opening import open_database

PATIENCE_SECONDS = 30.0  # for a data file that others write to, and for a panel that is being started anew

HELP = """Usage: mail-panel sendmail [-t] [-i] [-f ADDRESS] [-F NAME] [RECIPIENT ...]
       mail-panel sendmail -bs

Put the message on standard input into the outbox; when this ends with 0, it is on disk.

  -t          send to those in To, Cc and Bcc, and to each RECIPIENT
  -i, -oi     a line with a lone dot does not end the message
  -f ADDRESS  whom answers reach where the message has no From (also -r)
  -F NAME     the name for that address
  -N WHEN     when a report is asked for: never, or any of failure,delay,success
  -bs         take any number of messages by SMTP on standard input and output
  -bp         list the messages that wait, as does this command by the name mailq
  -bi         there is nothing to rebuild, as this command by the name newaliases says

Mail leaves from the sender of the settings, whatever -f or the message say.
What else a sendmail knows is taken without effect, or refused with what to do instead.

Examples:
  printf 'Subject: Backup\\n\\nDone.\\n' | mail-panel sendmail hanako@example.org
  mail-panel sendmail -t -i < message.eml
"""

WITHOUT_VALUE = "tiUGcmnvI"
WITH_VALUE = "fFrABLNORVXbehop"
TASKS = ("m", "s", "i", "p")
MODE_BY_NAME = {"mailq": "p", "newaliases": "i"}  # by which name this command is called
INSTEAD = {
    "-bd": "The panel takes mail by SMTP where MAIL_PANEL_SMTP_LISTEN says, while `mail-panel serve` runs.",
    "-bv": "To check a recipient without sending, run: mail-panel test ADDRESS --check",
    "-C": "The configuration is in the environment: set MAIL_PANEL_HOME.",
    "-q": "The queue empties itself while `mail-panel serve` or `mail-panel worker` runs.",
}


class Misused(PanelError):
    """Words that this command does not follow."""


class NothingCame(PanelError):
    """There is no message on standard input."""


class Arguments(NamedTuple):
    """What the command line asks for; `address` and `name` stand in for a From that is missing."""

    rcpt_to: tuple[str, ...] = ()
    reads_header: bool = False
    ends_at_dot: bool = True
    address: str = ""
    name: str = ""
    notify: str = ""
    mode: str = "m"
    help: bool = False


def main() -> None:
    """Be the command: run, and end at once, for taking the interpreter down is a tenth of the time."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    mode = MODE_BY_NAME.get(os.path.basename(sys.argv[0]))
    code = run([f"-b{mode}", *sys.argv[1:]] if mode else sys.argv[1:])
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    os._exit(code)


def run(words: Sequence[str]) -> int:
    """Take the message, and give the exit code; whatever is wrong is one sentence on standard error."""
    try:
        return _run(asked(words))
    except PanelError as fault:
        return _fail(str(fault), _code(fault))
    except Exception as fault:
        return _fail(f"This is a mistake of mail-panel, please report it. {name_mistake(fault)[:300]}", os.EX_SOFTWARE)


def asked(words: Sequence[str]) -> Arguments:
    """Read the words as sendmail programs do, options in clusters and behind recipients too, or raise `Misused`."""
    rest, rcpt_to, given = [*reversed(words)], list[str](), dict[str, str]()
    while rest:
        word = rest.pop()
        if word == "--":
            rcpt_to += reversed(rest)
            break
        if word == "--help":
            return Arguments(help=True)
        if word[:1] == "-" != word:
            given |= _options(word[1:], rest)
        else:
            rcpt_to.append(word)
    return Arguments(
        rcpt_to=tuple(rcpt_to),
        reads_header="-t" in given,
        ends_at_dot=not given.keys() & {"-i", "-oi"},
        address=given.get("-f", given.get("-r", "")),
        name=given.get("-F", ""),
        notify=_notify(given["-N"]) if "-N" in given else "",
        mode="i" if "-I" in given else given.get("-b", "m"),
    )


def _notify(text: str) -> str:
    """Read the value of -N."""
    from panel.mail.dsn.notify import parse_notify  # few callers say it

    try:
        return parse_notify(text)
    except BadValue as fault:
        raise Misused(f"-N: {fault.text}") from None


def _options(letters: str, rest: list[str]) -> dict[str, str]:
    """Read one word of options; a value stands behind its letter or is the next word, the last of the `rest`."""
    found = {}
    for number, letter in enumerate(letters, 1):
        if letter in WITHOUT_VALUE:
            found[f"-{letter}"] = ""
            continue
        if letter not in WITH_VALUE:
            raise Misused(INSTEAD.get(f"-{letter}", f"-{letter} is not known. Run: mail-panel sendmail --help"))
        if not letters[number:] and not rest:
            raise Misused(f"-{letter} needs a value. Run: mail-panel sendmail --help")
        value = letters[number:] or rest.pop()
        return found | _with_value(f"-{letter}", value)
    return found


def _with_value(option: str, value: str) -> dict[str, str]:
    if option == "-b" and value not in TASKS:
        mode = f"-b{value[:1]}"
        raise Misused(INSTEAD.get(mode, f"{mode} is not known: a message is taken from standard input, and no more."))
    if option == "-O" and value.lower() in ("ignoredots", "ignoredots=true"):
        return {"-oi": ""}
    return {f"-o{value}": ""} if option == "-o" else {option: value}


def _run(asked: Arguments) -> int:
    if asked.help:
        print(HELP, end="")
        return os.EX_OK
    if asked.mode != "m":
        return _DO[asked.mode](asked)
    if not asked.rcpt_to and not asked.reads_header:
        raise Misused("Nobody to send to: give recipients, or -t to take them from the message.")
    message = _message(asked)
    _send(home.read_home(), message, _recipients(asked, message), asked)
    return os.EX_OK


def _speak(asked: Arguments) -> int:
    """Take mail by SMTP (-bs)."""
    if asked.rcpt_to or asked.reads_header:
        raise Misused("-bs takes the recipients of each message by SMTP: give none, and no -t.")
    from panel.cli.sendmail import spoken  # most give one message as it is

    spoken.speak(Actor(_user(), "sendmail"), patience=PATIENCE_SECONDS)
    return os.EX_OK


def _list_waiting(_asked: Arguments) -> int:
    """Show what waits (-bp)."""
    from panel.cli.sendmail import waiting  # a person asks, who has time

    waiting.print_waiting()
    return os.EX_OK


def _rebuild_aliases(_asked: Arguments) -> int:
    """Say that aliases need no rebuilding (-bi)."""
    print("There is no alias database to rebuild: /etc/aliases is read as it is.")
    return os.EX_OK


_DO = {"s": _speak, "p": _list_waiting, "i": _rebuild_aliases}


def _message(asked: Arguments) -> bytes:
    """Read standard input to its end or to a lone dot, and not much more than any settings let through."""
    try:
        message = _read(asked.ends_at_dot) if sys.stdin else b""
    except OSError as fault:
        raise NothingCame(f"Standard input cannot be read: {fault.strerror or fault}.") from fault
    if not message:
        raise NothingCame("There is no message on standard input.")
    return message


def _read(ends_at_dot: bool) -> bytes:
    stream, most = sys.stdin.buffer, LARGEST_BYTES + 1
    if not ends_at_dot:
        return stream.read(most)
    message = bytearray()
    while (line := stream.readline(most - len(message))) not in (b"", b".", b".\n", b".\r\n"):
        message += line
    return bytes(message)


def _recipients(asked: Arguments, message: bytes) -> list[str]:
    """Give those of the command line, and those of the header where it is to be read; local names by /etc/aliases."""
    named = [address for word in asked.rcpt_to for _, address in addresses(word)]
    if asked.reads_header:
        named += addressed(message)
    if not named:
        raise Unacceptable("message", "Nobody to send to: the message has no address in To, Cc or Bcc.")
    return [address for name in named for address in ([name] if "@" in name else _behind(name))]


def _behind(name: str) -> list[str]:
    from panel.cli.sendmail import aliases  # few messages go to a local name

    found = aliases.addresses_behind(name, aliases.read_aliases())
    if not found:
        remedy = f"Write a whole address, or give it one in {aliases.SYSTEM}, such as: {name}: you@example.org"
        raise Unacceptable("to", f"{name[:100]!a} is a local name. {remedy}")
    return found


def _send(where: Home, message: bytes, rcpt_to: list[str], asked: Arguments) -> None:
    """Put the message into the outbox; where the file is another user's, by the running panel or the drop folder."""
    database = open_database(*where.place, busy_ms=round(PATIENCE_SECONDS * 1000))
    sender = formataddr((_name(asked.name), asked.address)) if asked.address.isascii() else ""

    def read(terms: DoorTerms) -> Submission:
        host, limits = terms
        submission = normalize(message, rcpt_to=rcpt_to, sender=sender, now=clock.now(), host=host, limits=limits)
        return submission._replace(notify=asked.notify) if asked.notify else submission

    try:
        database.require()
    except NoAccess as fault:
        from panel.cli.sendmail import relay  # most are allowed to write

        submission = read(DoorTerms(home.machine_name(), NO_MORE))  # the panel knows what is taken
        relay.hand_over(submission, where, fault, patience=PATIENCE_SECONDS)
    else:
        Enqueuer(database).enqueue(read(door_terms(database)), by=Actor(_user(), "sendmail"), now=clock.now())
        database.close()


def _name(text: str) -> str:
    """Read the name of -F; a line break in it, hidden or not, would be no name."""
    try:
        return parse_header_text(decoded(os.fsencode(text)), at_most=MAX_WRITTEN)
    except BadValue as fault:
        raise Misused(str(Text(fault.text.message, {**fault.text.values, "label": "-F"}))) from None


def _user() -> str:
    """Name who runs this, as the outbox shows it."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _code(fault: PanelError) -> int:
    if isinstance(fault, Unacceptable):
        return os.EX_NOUSER if fault.field == "to" else os.EX_DATAERR
    return next((code for kind, code in _CODES if isinstance(fault, kind)), _code_of_reply(fault))


def _code_of_reply(fault: PanelError) -> int:
    """Tell what the listener's refusal is: of the message, of whoever has not logged in, or of the moment."""
    reply: int = getattr(fault, "code", 0)
    if reply in (530, 535):
        return os.EX_NOPERM
    return os.EX_DATAERR if reply >= 500 else os.EX_IOERR if reply else os.EX_UNAVAILABLE


# Never EX_TEMPFAIL: from a sendmail it means that the message is queued all the same, and PHP from 8.5 on takes it for
# success.
_CODES: tuple[tuple[type[PanelError], int], ...] = (
    (Misused, os.EX_USAGE),
    (NothingCame, os.EX_NOINPUT),
    (OutboxFull, os.EX_IOERR),
    (DatabaseBusy, os.EX_IOERR),
    (CannotWrite, os.EX_IOERR),
    (BrokenOff, os.EX_IOERR),
    (NoAccess, os.EX_NOPERM),
    (DatabaseError, os.EX_CONFIG),
    (ConfigError, os.EX_CONFIG),
)


def _fail(text: str, code: int) -> int:
    if sys.stderr:
        print(f"mail-panel: {text}", file=sys.stderr)
    return code
