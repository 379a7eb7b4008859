"""Command lines as chance makes them: of every command that there is, with every option it has, and broken."""

from __future__ import annotations

import random
from collections.abc import Iterator

import click

from panel.alerts.kinds.fields import FIELD_LABELS
from panel.alerts.thresholds import THRESHOLDS
from panel.cli import main
from panel.settings.model import FIELDS
from tests.support.fuzzed_requests import DOCUMENTS, NUMBERS, TEXTS
from tests.support.fuzzing import Messages

STAYS = ("serve", "worker", "demo")  # until a signal ends them
WORDS = ("\udcff", "a\udce9b", "90d", "-x", "--", "taro@example.net", "127.0.0.1:1", "127.0.0.1")
PAIRED = (*FIELDS, *FIELD_LABELS, *THRESHOLDS)
FILES = ("/dev/null", "/", "/nowhere/a", "-", "a.bin", "new.txt", "a" * 300, "/dev/full", "é\udcff.txt")


def every_command() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Give each command that ends by itself, with the words that call it."""
    root = click.Context(main.panel)
    for name in main.panel.list_commands(root):
        command = main.panel.get_command(root, name)
        assert command
        if isinstance(command, click.Group):
            yield from (((name, each), found) for each, found in command.commands.items())
        elif name not in STAYS:
            yield (name,), command


class CommandLines:
    """Writes one command line after the other, and what stands on standard input; the same ones for the same chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def line(self, words: tuple[str, ...], command: click.Command) -> list[str]:
        """Write the words of a command: some of its options, its arguments most often, and a stray one at times."""
        chance = self._chance
        line = [*words]
        for each in command.params:
            if isinstance(each, click.Option) and chance.random() < 0.3:
                line.append(each.opts[0])
                line += [] if each.is_flag else [self._value(each)]
            elif isinstance(each, click.Argument) and chance.random() < 0.95:
                line += [self._value(each) for _ in range(1 if each.nargs == 1 else chance.randrange(1, 4))]
        line += [self._word()] if chance.random() < 0.05 else []
        return [word.replace("\0", "") for word in line]  # no command line can hold it

    def given(self) -> bytes:
        """Write what stands on standard input."""
        chance = self._chance
        ways = (
            lambda: b"",
            lambda: chance.choice(DOCUMENTS),
            lambda: chance.choice(TEXTS).encode("utf-8", "surrogatepass"),
            lambda: bytes(chance.randrange(256) for _ in range(200)),
            lambda: Messages(chance).message(),
            lambda: (
                b'{"mail-panel": "settings", "version": 1, "settings": {"smtp_port": '
                + chance.choice(NUMBERS).encode()
                + b"}}"
            ),
        )
        return chance.choice(ways)()

    def _value(self, parameter: click.Parameter) -> str:
        """Give a word for a parameter, as it should be or not."""
        chance = self._chance
        kind = parameter.type
        name = parameter.name or ""
        if isinstance(kind, click.Choice) and chance.random() < 0.8:
            return str(chance.choice([*kind.choices]))
        if isinstance(kind, click.IntRange | click.types.IntParamType) and chance.random() < 0.9:
            return chance.choice(NUMBERS)
        if "file" in name and chance.random() < 0.9:
            return chance.choice(FILES)
        if name == "pairs" and chance.random() < 0.9:
            return f"{chance.choice(PAIRED)}={chance.choice(('', '@'))}{chance.choice((*FILES, self._word()))}"
        return self._word()

    def _word(self) -> str:
        """Give a text as the shell hands it over: bytes that are no UTF-8 come as lone surrogates (PEP 383)."""
        text = self._chance.choice((*TEXTS, *NUMBERS, *WORDS))
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
