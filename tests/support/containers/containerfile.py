"""A Containerfile as steps: the words of ours, and no others."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template
from typing import Any

WORDS = {"COPY", "ENV", "RUN", "USER", "WORKDIR"}  # what changes files, or what follows
SAID = {"LABEL", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # what an engine is told


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction with what stands behind it."""

    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What begins with a FROM: its base, its name, and its steps."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """What an image tells the engine that runs it."""

    env: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    labels: dict[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    stop_signal: str = "SIGTERM"
    health: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def read(path: Path) -> list[Stage]:
    """Give the stages of a file; an instruction that it does not know is a fault of these tests, not passed over."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for step in _steps(path.read_text("utf-8")):
        if step.word == "ARG":
            name, _, value = step.rest.partition("=")
            arguments[name] = value
        elif step.word == "FROM":
            base, *named = Template(step.rest).substitute(arguments).split()
            stages.append(Stage(base, named[1] if named else ""))
        else:
            assert step.word in WORDS | SAID, step
            stages[-1].steps.append(step)
    return stages


def told_by(told: Told, step: Step) -> Told:
    """Give what an engine knows after a step."""
    change: dict[str, Any] = {
        "ENV": lambda: {"env": {**told.env, **_pairs(step.rest, told.env)}},
        "LABEL": lambda: {"labels": {**told.labels, **_pairs(step.rest, told.env)}},
        "USER": lambda: {"user": step.rest},
        "WORKDIR": lambda: {"folder": step.rest},
        "VOLUME": lambda: {"volumes": tuple(step.rest.split())},
        "EXPOSE": lambda: {"ports": tuple(map(int, step.rest.split()))},
        "STOPSIGNAL": lambda: {"stop_signal": step.rest},
        "HEALTHCHECK": lambda: {"health": tuple(json.loads(step.rest.partition(" CMD ")[2]))},
        "ENTRYPOINT": lambda: {"entrypoint": tuple(json.loads(step.rest))},
        "CMD": lambda: {"command": tuple(json.loads(step.rest))},
    }.get(step.word, dict)()
    return replace(told, **change)


def told_in_the_end(stage: Stage) -> Told:
    """Give what an engine knows of an image that ends with a stage."""
    told = Told()
    for step in stage.steps:
        told = told_by(told, step)
    return told


def _steps(text: str) -> list[Step]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def _pairs(text: str, env: dict[str, str]) -> dict[str, str]:
    """Read `A=b C="d e"`; a `$NAME` is what was set before."""
    pairs = (word.partition("=") for word in shlex.split(text))
    return {name: Template(value).safe_substitute(env) for name, _, value in pairs}
