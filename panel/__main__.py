"""The commands: `mail-panel`, also as `python -m panel`, and `mail-panel-sendmail`, which puts off what it can."""

from __future__ import annotations

import sys
from types import ModuleType

# Imported on the way, by dataclasses, email.utils and panel.language, and hardly ever called: a fifth of the time.
NOT_CALLED = ("gettext", "inspect", "random", "socket")


def main() -> None:
    """Run the command line, and leave with its exit code."""
    if sys.argv[1:2] == ["sendmail"]:
        del sys.argv[1]
        sendmail()
    else:
        from panel import cli

        cli.main()


def sendmail() -> None:
    """Take one message from standard input, and leave with the exit code."""
    for name in NOT_CALLED:
        sys.modules.setdefault(name, Later(name))
    from panel import sendmail as door

    door.main()


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
