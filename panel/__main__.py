"""The commands: `mail-panel`, also as `python -m panel`, and `mail-panel-sendmail`, which puts off what it can."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import NoReturn

# Imported on the way, by dataclasses, email.utils, logging and click, and hardly ever called: a fifth of the time.
NOT_CALLED = ("calendar", "copy", "inspect", "linecache", "random", "tokenize", "traceback")
NOT_CALLED_BY_SENDMAIL = (*NOT_CALLED, "gettext", "ipaddress", "socket")
OBJECTS = 50_000  # made before garbage is looked for: in a command that is loaded there is none
LASTING = ("serve", "worker", "demo")  # what they load is little beside what they do


def main() -> None:
    """Run the command line, and leave with its exit code."""
    _open_streams()
    if sys.argv[1:2] == ["sendmail"]:
        del sys.argv[1]
        sendmail()
    elif sys.argv[1:2] == ["bounce"]:
        del sys.argv[1]
        bounce()
    elif sys.argv[1:2] and sys.argv[1] in LASTING:
        if os.getpid() == 1:  # of a container
            from panel.server.first_process import be_first

            be_first()
        from panel.cli.main import main as run

        run()
    else:
        _run_once()


def sendmail() -> None:
    """Take one message from standard input, and leave with the exit code."""
    _open_streams()
    _put_off(NOT_CALLED_BY_SENDMAIL)
    from panel.cli.sendmail import command as door

    door.main()


def bounce() -> None:
    """Take one report from standard input, and leave with the exit code."""
    _put_off(NOT_CALLED)
    from panel.cli.bounce import command as door

    door.main()


def _run_once() -> NoReturn:
    """Run a command that ends soon, and end at once: taking all of it apart would take a tenth of its time."""
    _put_off(NOT_CALLED)
    from panel.cli.main import main as run

    try:
        run()
    except SystemExit as left:
        code = left.code
    if tokens := sys.modules.get("panel.settings.oauth.tokens"):
        tokens.finish()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(bool(code)))


def _put_off(names: tuple[str, ...]) -> None:
    """Load modules when something in them is asked for, and look for garbage seldom while the others are loaded."""
    gc.set_threshold(OBJECTS)
    for name in names:
        sys.modules.setdefault(name, LaterInspect(name) if name == "inspect" else Later(name))


def _open_streams() -> None:
    """Open the standard streams that are closed on nothing: else a file of ours would take the place of one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - it takes the lowest number that is free


class Later(ModuleType):
    """Stands for a module until something is looked up in it (importlib's LazyLoader already loads at `import`)."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        __import__(self.__name__)
        self.__dict__.update(vars(sys.modules[self.__name__]))
        return getattr(sys.modules[self.__name__], name)


class LaterInspect(Later):
    """Stands for `inspect`, of which click wants the words of each option cleaned: those on one line are clean."""

    def cleandoc(self, text: str) -> str:
        if "\n" not in text:
            return text.expandtabs().lstrip()
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        from inspect import cleandoc

        return cleandoc(text)


if __name__ == "__main__":
    main()
