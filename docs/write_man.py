"""Writes man/, the manual pages, from the help of the commands and two tables of the reference.

A page is roff with the macros of man(7). Run it when a help or one of the tables has changed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from panel.cli import main
from panel.cli.bounce.command import BOUNCE_HELP
from panel.cli.sendmail.command import HELP

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).with_name("man")
OWN_HELP = {"sendmail": HELP, "bounce": BOUNCE_HELP}  # of those that read their words themselves
SECTIONS = {"sendmail": 8}  # the others are user commands: 1
WHAT_IT_IS = "set up and watch an application's outgoing mail"
FILES = """\
.SH FILES
.TP
.I $MAIL_PANEL_HOME/mail\\-panel.db
Settings, accounts, the outbox and its log.
.TP
.I $MAIL_PANEL_HOME/key
What opens the saved passwords.
"""


def pages() -> dict[str, str]:
    """Give each page by its file, such as `man1/mail-panel.1`."""
    with click.Context(main.panel, info_name="mail-panel", max_content_width=10_000) as context:
        commands = dict(_commands(main.panel, context))
        found = {_file(name): "".join(_page(name, command, context)) for name, command in commands.items()}
        return {_file(""): "".join(_overview(context, commands)), **found}


def _overview(context: click.Context, commands: dict[str, click.Command]) -> Iterator[str]:
    yield _head("", WHAT_IT_IS)
    yield from _synopsis([_usage(context.command, context)])
    yield ".SH DESCRIPTION\n"
    yield from _paragraphs(context.command.help or "")
    yield from _options(context.command, context)
    yield ".SH COMMANDS\n"
    for name, command in commands.items():
        yield _tagged(f"\\fB{_escaped(_title(name))}\\fR({_section(name)})", _escaped(_first(command)))
    yield ".SH EXIT STATUS\n"
    yield from _table("Exit codes")
    yield ".SH ENVIRONMENT\n"
    yield from _table("Environment variables")
    yield FILES
    yield _see([*commands])


def _page(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    """Write the page of a command, with the commands under it where it is a group."""
    yield _head(name, _first(command).removesuffix("."))
    with click.Context(command, info_name=name, parent=parent) as context:
        if name in OWN_HELP:
            yield from _own_help(OWN_HELP[name])
        elif isinstance(command, click.Group):
            yield from _group(command, context)
        else:
            yield from _synopsis([_usage(command, context)])
            yield ".SH DESCRIPTION\n"
            yield from _paragraphs(command.help or "")
            yield from _options(command, context)
    yield _see([""])


def _group(group: click.Group, context: click.Context) -> Iterator[str]:
    below = [
        (command, click.Context(command, info_name=name, parent=context)) for name, command in _commands(group, context)
    ]
    yield from _synopsis([_usage(command, its_own) for command, its_own in below])
    yield ".SH DESCRIPTION\n"
    yield from _paragraphs(group.help or "")
    yield ".SH COMMANDS\n"
    for command, its_own in below:
        yield f'.SS "{_escaped(_usage(command, its_own))}"\n'
        yield from _paragraphs(command.help or "")
        yield from _options(command, its_own, heading=False)


def _commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield name, command


def _own_help(text: str) -> Iterator[str]:
    """Write the help of a command that has no options of click's: usage, paragraphs, options, examples."""
    usage, *blocks = text.strip().split("\n\n")
    yield from _synopsis([line.removeprefix("Usage: ").strip() for line in usage.splitlines()])
    yield ".SH DESCRIPTION\n"
    for block in blocks:
        if re.match(r"  -", block):
            for option, said in re.findall(r"^  (-.*?)  +(.+)$", block, re.MULTILINE):
                yield _tagged(f"\\fB{_escaped(option)}\\fR", _escaped(said))
            yield ".PP\n"  # what follows is about all of them
        elif block.startswith("  "):
            yield _as_it_stands(block)
        else:
            yield from _paragraphs(f"\b\n{block}" if block.startswith("Example") else block)


# Parts of a page


def _head(name: str, what: str) -> str:
    title = _escaped(_title(name))
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return (
        f'.\\" Written by python docs/write_man.py from the help of the command.\n'
        f'.TH {title.upper()} {_section(name)} "" "mail\\-panel {version}" "mail\\-panel"\n'
        f".SH NAME\n{title} \\- {_escaped(what[:1].lower() + what[1:])}\n"
    )


def _synopsis(usages: list[str]) -> Iterator[str]:
    yield ".SH SYNOPSIS\n.nf\n"
    for usage in usages:
        yield f"\\fB{_escaped(usage)}\\fR\n"
    yield ".fi\n"


def _usage(command: click.Command, context: click.Context) -> str:
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def _paragraphs(help_text: str) -> Iterator[str]:
    """Write the paragraphs of a help; one after `\\b` keeps its lines, and examples have a heading."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", re.sub(r"(?m)^ {4}(?=\S)", "", help_text).strip())):
        text = paragraph.removeprefix("\b\n")
        if found := re.match(r"Examples?:\n", text):
            yield ".PP\nExamples:\n"
            yield _as_it_stands(text[found.end() :])
        else:
            yield (".PP\n" if number else "") + _escaped(" ".join(text.split())) + "\n"


def _as_it_stands(lines: str) -> str:
    return ".PP\n.RS 4\n.nf\n" + "".join(f"{_escaped(line.strip())}\n" for line in lines.splitlines()) + ".fi\n.RE\n"


def _options(command: click.Command, context: click.Context, *, heading: bool = True) -> Iterator[str]:
    """Write the options, but for that of the help, which every command has."""
    found = [each.get_help_record(context) for each in command.params if isinstance(each, click.Option)]
    records = [each for each in found if each]
    if records and heading:
        yield ".SH OPTIONS\n"
    for option, said in records:
        yield _tagged(f"\\fB{_escaped(option)}\\fR", _escaped(said))


def _table(title: str) -> Iterator[str]:
    """Write a table of the reference: its first cells as tags, the others as what is said of them."""
    reference = (ROOT / "docs" / "reference.md").read_text("utf-8")
    [section] = re.findall(rf"^## {title}\n(.*?)^## ", reference, re.MULTILINE | re.DOTALL)
    for row in re.findall(r"^\| (?!-)(.+) \|$", section, re.MULTILINE)[1:]:
        tag, *cells = re.split(r" (?<!\\)\| ", row)
        default = f" Default: {_plain(cells[1])}." if cells[1:] and cells[1] != "–" else ""
        yield _tagged(f"\\fB{_escaped(_plain(tag))}\\fR", _escaped(f"{_plain(cells[0])}.{default}"))


def _tagged(tag: str, said: str) -> str:
    return f".TP\n{tag}\n{said}\n"


def _see(names: list[str]) -> str:
    named = (f"\\fB{_escaped(_title(name))}\\fR({_section(name)})" for name in names)
    return ".SH SEE ALSO\n" + ",\n".join(named) + "\n"


# Words


def _file(command: str) -> str:
    return f"man{_section(command)}/{_title(command)}.{_section(command)}"


def _title(command: str) -> str:
    return f"mail-panel-{command}" if command else "mail-panel"


def _section(command: str) -> int:
    return SECTIONS.get(command, 1)


def _first(command: click.Command) -> str:
    return command.get_short_help_str(1_000)


def _plain(markdown: str) -> str:
    """Take the marks of Markdown off a cell."""
    linked = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown)
    return re.sub(r"[`*]", "", linked).replace("\\|", "|")


def _escaped(text: str) -> str:
    """Write a text so that roff shows it to the letter."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown


def write() -> None:
    """Write every page, and remove those of commands that are gone."""
    for file, page in pages().items():
        (FOLDER / file).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / file).write_text(page, "utf-8")
    for old in {*files()} - {FOLDER / file for file in pages()}:
        old.unlink()


def files() -> list[Path]:
    """Give the pages that are there."""
    return [*FOLDER.rglob("*.[18]")]


if __name__ == "__main__":
    write()
