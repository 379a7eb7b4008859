"""The commands: `mail-panel`, also as `python -m panel`, and `mail-panel-sendmail`, which puts off what it can."""

from __future__ import annotations

import os
import sys
from types import ModuleType

# Imported on the way, by dataclasses, email.utils, logging and click, and hardly ever called: a fifth of the time.
NOT_CALLED = ("inspect", "random", "traceback", "uuid")
NOT_CALLED_BY_SENDMAIL = (*NOT_CALLED, "gettext", "socket")
LASTING = ("serve", "worker", "demo")  # what they load is little beside what they do


def main() -> None:
    """Run the command line, and leave with its exit code."""
    _open_streams()
    if sys.argv[1:2] == ["sendmail"]:
        del sys.argv[1]
        sendmail()
    else:
        if sys.argv[1:2] and sys.argv[1] not in LASTING:
            _put_off(NOT_CALLED)
        from panel.cli.main import main as run

        run()


def sendmail() -> None:
    """Take one message from standard input, and leave with the exit code."""
    _open_streams()
    _put_off(NOT_CALLED_BY_SENDMAIL)
    from panel.cli.sendmail import command as door

    door.main()


def _put_off(names: tuple[str, ...]) -> None:
    """Load modules when something in them is asked for."""
    for name in names:
        sys.modules.setdefault(name, Later(name))


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


if __name__ == "__main__":
    main()
