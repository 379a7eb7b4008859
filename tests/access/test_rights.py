"""The table of rights: what each role and scope may, and that nothing is missing in it."""

from __future__ import annotations

import click

from panel.access.rights import API, OF_COMMANDS, Right, Role, Scope, roles_with, scopes_with
from panel.cli.main import panel


def commands(group: click.Group, before: str = "") -> set[str]:
    """Name all commands below a group, as they are typed."""
    found: set[str] = set()
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        full = f"{before} {name}".strip()
        found |= commands(command, full) if isinstance(command, click.Group) else {full}
    return found


def test_every_command_is_in_the_table_and_nothing_else() -> None:
    assert commands(panel) == OF_COMMANDS.keys()


def test_a_role_has_the_rights_of_the_lesser_ones() -> None:
    of_roles = [{right for right in Right if role.may(right)} for role in Role]

    assert of_roles[0] < of_roles[1] < of_roles[2]


def test_what_each_role_may() -> None:
    assert {right for right in Right if Role.VIEWER.may(right)} == {Right.ENTER, Right.SELF, Right.SEE}
    assert not any(Role.OPERATOR.may(right) for right in (Right.SET, Right.ADMINISTER, Right.READ_MESSAGES))
    assert roles_with(Right.RUN) == (Role.OPERATOR, Role.ADMINISTRATOR)


def test_what_each_scope_may() -> None:
    assert {right for right in Right if Scope.READ.may(right)} == {Right.ENTER, Right.SEE}
    assert {right for right in Right if Scope.SEND.may(right)} == {Right.ENTER, Right.SUBMIT}
    assert not any(Scope.ADMIN.may(right) for right in (Right.ADMINISTER, Right.READ_MESSAGES, Right.SELF))
    assert {right for right in Right if Scope.CONTENT.may(right)} == {Right.ENTER, Right.SEE, Right.READ_MESSAGES}


def test_a_token_is_told_of_the_least_scopes() -> None:
    assert scopes_with((Right.SET,)) == (Scope.ADMIN,)
    assert scopes_with((Right.SEE, Right.SUBMIT)) == (Scope.SEND, Scope.READ, Scope.CONTENT)
    assert scopes_with((Right.RUN, Right.SUBMIT)) == (Scope.SEND,)
    assert scopes_with((Right.READ_MESSAGES,)) == (Scope.CONTENT,)
    assert all(map(scopes_with, API.values()))
