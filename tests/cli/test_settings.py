"""`mail-panel settings`: as a shell sees it, in processes of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cli.conftest import COMPLETE, Run
from tests.support.places import variables_of


def test_settings_are_set_and_shown(run: Run) -> None:
    done = run("settings", "set", *COMPLETE, "smtp_password=@-", "smtp_port=４６５", given="a secret\n")
    assert (done.returncode, done.stdout) == (0, "Saved as version 1.\n")

    shown = json.loads(run("settings", "show", "--json").stdout)

    assert shown["version"] == 1
    assert shown["settings"]["smtp_port"] == 465
    assert shown["settings"]["smtp_password"] == "set"
    assert shown["settings"]["pop_password"] == "not set"


def test_a_password_is_no_argument(run: Run) -> None:
    done = run("settings", "set", *COMPLETE, "smtp_password=visible")

    assert done.returncode == 64
    assert "visible" not in done.stderr


def test_a_value_comes_from_a_file_and_may_begin_with_an_at(run: Run, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(" @secret \n", "utf-8")
    run("settings", "set", *COMPLETE, f"smtp_password=@{tmp_path / 'password'}", "from_name=@@home")

    assert json.loads(run("settings", "show", "--json").stdout)["settings"]["from_name"] == "@home"


def test_every_problem_is_told_and_nothing_is_saved(run: Run) -> None:
    done = run("settings", "set", "from_address=nobody", "smtp_host=smtp://x", "smtp_port=0")

    assert done.returncode == 65
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "from_address",
        "smtp_host",
        "smtp_port",
        "smtp_user",
        "smtp_password",
    ]
    assert json.loads(run("settings", "show", "--json").stdout)["version"] == 0


def test_problems_are_told_in_the_language_of_the_shell(run: Run) -> None:
    done = run("settings", "set", "smtp_port=0", LANG="ja_JP.UTF-8")

    assert "1 から 65535 まで" in done.stderr


def test_an_unknown_field_is_a_wrong_use(run: Run) -> None:
    assert run("settings", "set", "smtp_hots=x").returncode == 64


def test_a_changed_host_asks_for_the_password_again(run: Run) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")

    done = run("settings", "set", "smtp_host=other.example.org")

    assert done.returncode == 65
    assert "smtp_password" in done.stderr


def test_an_export_without_secrets_comes_back(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", "from_name=活動報告", given="a word")
    file = tmp_path / "export.json"
    assert run("settings", "export", str(file)).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "a word" not in file.read_text("utf-8")

    run("settings", "set", "from_name=")

    done = run("settings", "import", str(file))

    assert done.stdout == "Saved as version 3.\n"
    assert json.loads(run("settings", "show", "--json").stdout)["settings"]["from_name"] == "活動報告"


def test_values_that_are_in_force_make_no_version(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    run("settings", "export", str(tmp_path / "export.json"))

    again = [
        run("settings", "set", *COMPLETE),
        run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret"),
        run("settings", "import", str(tmp_path / "export.json")),
        run("settings", "restore", "1"),
    ]

    assert {(each.returncode, each.stdout) for each in again} == {(0, "No change: version 1 stays in force.\n")}
    assert len(run("settings", "history").stdout.splitlines()) == 1


def test_a_mask_is_never_saved(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    document = json.loads(run("settings", "export").stdout)
    document["settings"]["smtp_password"] = "********"
    (tmp_path / "masked.json").write_text(json.dumps(document))

    for words, given in (
        (("settings", "set", "smtp_password=@-"), "••••••••\n"),
        (("settings", "import", str(tmp_path / "masked.json")), ""),
    ):
        done = run(*words, given=given)
        assert done.returncode == 65
        assert "mask" in done.stderr

    assert run("settings", "history").stdout.count("\n") == 1


def test_an_export_with_secrets_is_sealed_to_a_passphrase(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="very secret")
    phrase = tmp_path / "phrase"
    phrase.write_text("a passphrase of some length\n")
    file = tmp_path / "sealed.json"
    run("settings", "export", "--with-secrets", "--passphrase-file", str(phrase), str(file))
    assert "very secret" not in file.read_text("utf-8")
    assert "smtp.example.org" not in file.read_text("utf-8")
    elsewhere = variables_of(tmp_path / "elsewhere")

    done = run("settings", "import", "--passphrase-file", str(phrase), str(file), **elsewhere)

    assert done.stdout == "Saved as version 1.\n"
    assert json.loads(run("settings", "show", "--json", **elsewhere).stdout)["settings"]["smtp_password"] == "set"


def test_a_wrong_passphrase_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    file = tmp_path / "sealed.json"
    run("settings", "export", "--with-secrets", "--passphrase-file", "-", str(file), given="right")

    done = run("settings", "import", "--passphrase-file", "-", str(file), given="wrong")

    assert done.returncode == 65
    assert "passphrase" in done.stderr


def test_an_empty_passphrase_seals_nothing(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    file = tmp_path / "sealed.json"

    done = run("settings", "export", "--with-secrets", "--passphrase-file", "-", str(file), given="\n")

    assert done.returncode == 65
    assert "The passphrase is empty" in done.stderr
    assert not file.exists()


def test_an_export_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("mine")

    done = run("settings", "export", str(file))

    assert (done.returncode, done.stderr) == (73, f"mail-panel: {file} cannot be made: File exists.\n")
    assert file.read_text() == "mine"


def test_a_file_that_is_missing_is_66_in_words(run: Run, tmp_path: Path) -> None:
    done = run("settings", "import", str(tmp_path / "away.json"))

    away = tmp_path / "away.json"
    assert (done.returncode, done.stderr) == (66, f"mail-panel: {away} cannot be read: No such file or directory.\n")


def test_the_history_names_who_and_what(run: Run) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    run("settings", "set", "send_interval_ms=6000")

    history = json.loads(run("settings", "history", "--json").stdout)

    assert (history[0]["version"], history[0]["changed"]) == (2, ["send_interval_ms"])
    assert "command line" in history[0]["saved_by"]


def test_an_old_version_is_restored_with_its_password(run: Run) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    run("settings", "set", "smtp_host=other.example.org", "smtp_password=@-", given="other")

    done = run("settings", "restore", "1")

    assert done.stdout == "Saved as version 3.\n"
    shown = json.loads(run("settings", "show", "--json").stdout)["settings"]
    assert (shown["smtp_host"], shown["smtp_password"]) == ("smtp.example.org", "set")


@pytest.mark.parametrize("words", [["nonsense"], ["settings", "set"], ["test"]])
def test_a_wrong_use_is_64(run: Run, words: list[str]) -> None:
    assert run(*words).returncode == 64


def test_a_wrong_variable_stops_with_its_name(run: Run) -> None:
    done = run("settings", "show", MAIL_PANEL_LISTEN="nowhere")

    assert done.returncode == 78
    assert done.stderr.startswith("mail-panel: MAIL_PANEL_LISTEN")


def test_help_has_examples(run: Run) -> None:
    for command in (["settings", "set"], ["test"], ["user", "add"], ["keys", "rotate"], ["serve"], ["demo"]):
        assert "Example" in run(*command, "--help").stdout


@pytest.mark.data_file("a server is copied by pg_dump")
def test_a_backup_opens_with_the_same_key(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="a secret")

    assert run("backup", str(tmp_path / "copy.db")).returncode == 0

    restored = {"MAIL_PANEL_DATABASE": str(tmp_path / "copy.db")}
    assert json.loads(run("keys", "check", "--json", **restored).stdout) == {"readable": True, "unreadable": []}
    assert json.loads(run("settings", "show", "--json", **restored).stdout)["version"] == 1


def test_the_panels_own_smtp_port_is_no_server_to_send_to(run: Run) -> None:
    itself = ["smtp_auth=no", "smtp_host=localhost", "smtp_port=2525"]

    done = run("settings", "set", *COMPLETE, *itself, MAIL_PANEL_SMTP_LISTEN="127.0.0.1:2525")

    assert done.returncode == 65
    assert done.stderr.startswith("smtp_host: ")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf\r\n"])
@pytest.mark.parametrize(
    "words", ["settings set smtp_password=@{}", "settings set ca_certificate=@{}", "settings import {}"]
)
def test_an_empty_file_is_said_to_be_empty(run: Run, tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "empty.txt"
    file.write_bytes(content)

    done = run(*words.format(file).split())

    assert done.returncode == 65
    assert f"{file} is empty" in done.stderr


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_a_value_or_an_export(run: Run, tmp_path: Path, charset: str) -> None:
    run("settings", "set", *COMPLETE[:2], "smtp_auth=no")
    (tmp_path / "name.txt").write_bytes("花子\r\n".encode(charset))
    (tmp_path / "export.json").write_bytes(run("settings", "export").stdout.encode(charset))

    assert run("settings", "import", str(tmp_path / "export.json")).returncode == 0
    assert run("settings", "set", f"from_name=@{tmp_path / 'name.txt'}").returncode == 0
    assert "from_name=花子\n" in run("settings", "show").stdout


def test_a_file_that_is_no_utf_8_is_said_to_be_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "name.txt").write_bytes("花子".encode("cp932"))

    done = run("settings", "set", f"from_name=@{tmp_path / 'name.txt'}")

    assert done.returncode == 65
    assert "Save it as UTF-8" in done.stderr


BY_TOKEN = ["smtp_login=oauth2", "oauth_provider=microsoft", "oauth_flow=client", "oauth_tenant=example.org"]


def test_a_client_secret_comes_from_a_file_and_never_as_an_argument(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("value~of.it\n", "utf-8")
    login = [*COMPLETE, *BY_TOKEN, "oauth_client_id=panel"]

    shown = run("settings", "set", *login, "oauth_client_secret=visible")
    given = run("settings", "set", *login, f"oauth_client_secret=@{tmp_path / 'secret'}")

    assert (shown.returncode, "visible" in shown.stderr, given.returncode) == (64, False, 0)
    told = json.loads(run("settings", "show", "--json").stdout)["settings"]
    assert (told["smtp_login"], told["oauth_client_secret"]) == ("oauth2", "set")


def test_the_key_of_a_service_account_comes_from_its_file(run: Run, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    document = {"client_email": "panel@example.iam", "private_key_id": "1", "private_key": pem, "type": "x"}
    (tmp_path / "key.json").write_text(json.dumps(document, indent=2), "utf-8")
    login = [*COMPLETE, "smtp_login=oauth2", "oauth_provider=google", "oauth_flow=service_account"]

    shown = run("settings", "set", *login, f"oauth_service_key={json.dumps(document)}")
    given = run("settings", "set", *login, f"oauth_service_key=@{tmp_path / 'key.json'}")

    assert (shown.returncode, "PRIVATE" in shown.stderr, given.returncode) == (64, False, 0)
    assert json.loads(run("settings", "show", "--json").stdout)["settings"]["oauth_service_key"] == "set"


def test_an_export_takes_the_fields_of_oauth2_along(run: Run, tmp_path: Path) -> None:
    login = [*COMPLETE, *BY_TOKEN, "oauth_client_id=panel", "oauth_secret_expires=2027-03-31", "oauth_client_secret=@-"]
    assert run("settings", "set", *login, given="value~of.it").returncode == 0
    plain, sealed, phrase = tmp_path / "plain", tmp_path / "sealed", tmp_path / "phrase"
    phrase.write_text("a phrase", "utf-8")
    run("settings", "export", str(plain))
    run("settings", "export", "--with-secrets", "--passphrase-file", str(phrase), str(sealed))
    assert "value~of.it" not in plain.read_text("utf-8") + sealed.read_text("utf-8")
    before = run("settings", "show").stdout
    run("settings", "set", "smtp_auth=no", "--forget", "oauth_client_secret")

    assert run("settings", "import", str(plain)).returncode == 65  # the secret is missing
    assert run("settings", "import", "--passphrase-file", str(phrase), str(sealed)).returncode == 0

    assert run("settings", "show").stdout == before


SECOND = ["second=yes", "second_smtp_host=relay.example.net", "second_smtp_user=relay", "second_smtp_password=@-"]


def test_a_second_server_is_set_with_a_password_of_its_own_and_shown(run: Run) -> None:
    assert run("settings", "set", *COMPLETE, "smtp_password=@-", given="a secret").returncode == 0
    assert "second_smtp_host" not in run("settings", "show").stdout  # that there is one costs no line before

    assert run("settings", "set", *SECOND, "second_after_minutes=0", given="another").returncode == 0

    shown = run("settings", "show").stdout
    assert {"second=yes", "second_after_minutes=0", "second_smtp_host=relay.example.net"} <= {*shown.splitlines()}
    assert "second_smtp_password=set\n" in shown
    assert "another" not in shown
    history = json.loads(run("settings", "history", "--json").stdout)
    assert set(history[0]["changed"]) == {
        *("second", "second_after_minutes", "second_smtp_host", "second_smtp_user", "second_smtp_password")
    }


def test_what_is_wrong_with_the_second_is_told_of_its_fields(run: Run) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="a secret")

    done = run("settings", "set", "second=yes", "second_smtp_port=0", "second_after_minutes=soon")

    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        *("second_after_minutes", "second_smtp_host", "second_smtp_port", "second_smtp_user", "second_smtp_password"),
    ]
    assert "Second server: SMTP port is a number" in done.stderr


def test_the_first_once_more_is_no_second(run: Run) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="a secret")
    own = {name: value for name, _, value in (word.partition("=") for word in COMPLETE)}

    words = [f"second_{name}={own[name]}" for name in ("smtp_host", "smtp_user")]
    done = run("settings", "set", "second=yes", *words, "second_smtp_password=@-", given="a secret")

    assert (done.returncode, done.stderr.partition(":")[0]) == (65, "second_smtp_host")


def test_a_second_server_goes_with_an_export_and_comes_back_with_a_version(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="a secret")
    run("settings", "set", *SECOND, given="another")
    (tmp_path / "phrase").write_text("a phrase", "utf-8")
    sealed = tmp_path / "sealed"
    phrase = ["--passphrase-file", str(tmp_path / "phrase")]
    assert run("settings", "export", "--with-secrets", *phrase, str(sealed)).returncode == 0
    run("settings", "set", "second_smtp_host=", "second=no")
    assert json.loads(run("settings", "show", "--json").stdout)["settings"]["second_smtp_password"] == "not set"

    assert run("settings", "import", *phrase, str(sealed)).returncode == 0

    shown = json.loads(run("settings", "show", "--json").stdout)["settings"]
    assert (shown["second"], shown["second_smtp_host"]) == (True, "relay.example.net")
    assert shown["second_smtp_password"] == "set"
    run("settings", "set", "second=no", "--forget", "second_smtp_password")
    assert run("settings", "restore", "2").returncode == 0
    again = json.loads(run("settings", "show", "--json").stdout)["settings"]
    assert (again["second"], again["second_smtp_password"]) == (True, "set")


def test_an_export_of_before_brings_no_second_server(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="a secret")
    run("settings", "export", str(tmp_path / "plain"))
    document = json.loads((tmp_path / "plain").read_text("utf-8"))
    document["settings"] = {name: value for name, value in document["settings"].items() if "second" not in name}
    (tmp_path / "old").write_text(json.dumps(document), "utf-8")

    done = run("settings", "import", str(tmp_path / "old"))

    assert (done.returncode, done.stdout) == (0, "No change: version 1 stays in force.\n")


def test_settings_that_come_from_a_file_are_shown_and_saved_by_no_command(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="a secret")
    export = tmp_path / "export.json"
    run("settings", "export", str(export))
    given = {"MAIL_PANEL_SETTINGS": str(tmp_path / "mail.conf")}

    commands = [("set", "from_name=else"), ("import", str(export)), ("restore", "1")]
    ended = [run("settings", *words, **given) for words in commands]

    said = (
        f"mail-panel: These settings come from {tmp_path}/mail.conf. Change them there, then send SIGHUP to the panel"
    )
    assert [(each.returncode, each.stderr.startswith(said)) for each in ended] == [(78, True)] * 3
    assert run("oauth", "sign-in", **given).returncode == 78
    assert json.loads(run("settings", "show", "--json", **given).stdout)["version"] == 1
    assert "この設定は" in run("settings", "set", "from_name=else", **given, LANG="ja_JP.UTF-8").stderr


def test_each_save_and_the_list_say_that_mail_does_not_go_to_those_it_is_for(run: Run) -> None:
    said = "Staging: all mail goes to staging@example.com, and none to its recipients."
    complete = [each for each in COMPLETE if not each.startswith("smtp_auth")]

    done = run("settings", "set", *complete, "smtp_auth=no", "redirect_to=staging@example.com")

    assert done.stdout.splitlines() == ["Saved as version 1.", said]
    assert run("outbox", "list").stdout.splitlines() == [f"The outbox is empty. {said}"]
    assert said in run("doctor").stdout
    assert said not in run("settings", "set", "redirect_to=").stdout


@pytest.mark.both_doors
def test_an_address_to_come_from_is_no_setting_of_several_machines(run: Run, door: str) -> None:
    done = run(
        "settings",
        "set",
        "from_address=report@example.org",
        "smtp_host=a.example",
        "smtp_auth=no",
        "source_address=192.0.2.10",
    )

    assert (done.returncode, "ip route" in done.stderr) == ((0, False) if door == "sqlite" else (65, True))
