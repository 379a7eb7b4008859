"""A file of FIELD=VALUE lines is the whole record; what is wrong there is one sentence, and never what a secret is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from panel.settings.files import settings_file
from panel.settings.files.settings_file import MOST_BYTES, WrongSettingsFile, read_settings_file
from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import Settings

SECRET = "correct horse battery"
LINES = ["from_address=report@example.org", "smtp_host=smtp.example.org", "smtp_user=report"]
BY_FILE = "smtp_password=@password"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "password", f"{SECRET}\n")
    return tmp_path


def write(path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def settings_of(folder: Path, *lines: str, mode: int = 0o600) -> Settings:
    return read_settings_file(write(folder / "mail.conf", "\n".join(lines), mode))


def refusal(folder: Path, *lines: str, mode: int = 0o600) -> str:
    """Give what is said of lines, without the folder; it is one sentence or more, in one line, and holds no secret."""
    with pytest.raises(WrongSettingsFile) as refused:
        settings_of(folder, *lines, mode=mode)
    said = str(refused.value).replace(f"{folder}/", "")
    assert "\n" not in said
    assert SECRET not in said
    return said


def test_the_file_is_the_whole_record_and_what_it_does_not_name_has_its_default(folder: Path) -> None:
    told = settings_of(folder, "# outgoing", "", *LINES, "  smtp_port = ４６５ ", "tls_mode=implicit", BY_FILE)

    assert told == Settings(
        from_address="report@example.org",
        smtp_host="smtp.example.org",
        smtp_user="report",
        smtp_port=465,
        tls_mode=told.tls_mode,
        smtp_password=SECRET,
    )
    assert told.tls_mode == "implicit"


def test_a_secret_stands_in_a_file_of_its_own_beside_it_or_anywhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = write(tmp_path_factory.mktemp("run") / "password", "another one\r\n")

    assert settings_of(folder, *LINES, BY_FILE, mode=0o644).smtp_password == SECRET
    assert settings_of(folder, *LINES, f"smtp_password=@{elsewhere}").smtp_password == "another one"


def test_a_secret_in_the_file_itself_is_taken_where_only_its_user_reads_that(folder: Path) -> None:
    assert settings_of(folder, *LINES, "smtp_password=a=b #c").smtp_password == "a=b #c"
    assert settings_of(folder, *LINES, "smtp_password=@@b").smtp_password == "@b"
    assert refusal(folder, *LINES, f"smtp_password={SECRET}", mode=0o644) == (
        "mail.conf, line 4: smtp_password stands here, and every user of this machine may read mail.conf. "
        "Run: chmod o= mail.conf, or mount it with mode 0440."
    )


def test_a_secret_that_every_user_may_read_is_refused(folder: Path) -> None:
    write(folder / "password", SECRET, 0o644)

    said = refusal(folder, *LINES, BY_FILE)

    assert said == (
        "mail.conf, line 4: smtp_password: every user of this machine may read password. "
        "Run: chmod o= password, or mount it with mode 0440."
    )


def test_what_is_no_secret_may_stand_in_a_file_that_everybody_reads(folder: Path) -> None:
    write(folder / "name", "活動報告\n", 0o644)
    without = [*LINES[:2], "smtp_auth=no", "smtp_password=not set"]

    assert settings_of(folder, *without, mode=0o644).smtp_password == ""
    assert "what `settings show` says" in refusal(folder, *LINES, "smtp_password=set", mode=0o644)

    assert settings_of(folder, *LINES, BY_FILE, "from_name=@name").from_name == "活動報告"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("smtp_hots=x", "mail.conf, line 4: There is no field named smtp_hots. Did you mean smtp_host?"),
        ("smtp_port=99999", "mail.conf, line 4: smtp_port: "),
        ("smtp_host=other", "mail.conf, line 4: smtp_host is given in line 2 already."),
        ("grant=3", "mail.conf, line 4: There is no field named grant."),
        ("from_name=@gone", "mail.conf, line 4: from_name: gone cannot be read: No such file or directory."),
        ("smtp_password=@gone", "mail.conf, line 4: smtp_password: there is no such file. A secret that begins with "),
        ("smtp_password=@.", "mail.conf, line 4: smtp_password: "),
        ("smtp_password=@empty", "mail.conf, line 4: smtp_password: empty is empty: there is no value in it."),
        ("smtp_password=set", "mail.conf, line 4: smtp_password: 'set' is what `settings show` says of a secret."),
        ("pop_before_smtp=yes", "mail.conf has no line for it: pop_host: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_field(folder: Path, line: str, said: str) -> None:
    write(folder / "empty", "\n")
    others = [] if line.startswith("smtp_password") else [BY_FILE]

    assert refusal(folder, *LINES, line, *others).startswith(said)


@pytest.mark.parametrize("line", [SECRET, f"{SECRET}==", "MIIEvQIBADANBgkqhkiG9w0B==", "-----BEGIN PRIVATE KEY-----"])
def test_a_piece_of_a_secret_that_stands_where_a_field_should_is_not_repeated(folder: Path, line: str) -> None:
    said = refusal(folder, *LINES, f"smtp_password={SECRET}", line)

    assert said.startswith("mail.conf, line 5 is not FIELD=VALUE.")
    assert line[:12] not in said


@pytest.mark.parametrize("secret", ["@correct horse", "@correct/horse", "@horse" * 50])
def test_a_secret_that_begins_with_the_sign_of_a_file_is_not_repeated(folder: Path, secret: str) -> None:
    said = refusal(folder, *LINES, f"smtp_password={secret}")

    assert said.startswith("mail.conf, line 4: smtp_password: ")
    assert "horse" not in said


def test_a_new_secret_does_not_go_to_the_server_that_was_named_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where both lie in a volume that is renewed at once, while they are read."""
    read = settings_file._value_in_file

    def renewed_before(path: Path, line: settings_file._Line, named: Path) -> str:
        path.write_text(path.read_text().replace("smtp.example.org", "new.example.net"))
        named.write_text("another one")
        return read(path, line, named)

    monkeypatch.setattr(settings_file, "_value_in_file", renewed_before)

    told = settings_of(folder, *LINES, BY_FILE)

    assert (told.smtp_host, told.smtp_password) == ("new.example.net", "another one")


def test_a_file_that_never_stays_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings_file._value_in_file

    def changed_before(path: Path, line: settings_file._Line, named: Path) -> str:
        path.write_text(f"# and again\n{path.read_text()}")
        return read(path, line, named)

    monkeypatch.setattr(settings_file, "_value_in_file", changed_before)

    assert "while it was read" in refusal(folder, *LINES, BY_FILE)


def test_a_folder_in_the_place_of_a_file_holds_nothing_open(folder: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(5):
        with pytest.raises(WrongSettingsFile, match="cannot be read"):
            read_settings_file(folder)

    assert len(os.listdir("/proc/self/fd")) == before


def test_a_wrong_secret_is_not_repeated(folder: Path) -> None:
    write(folder / "key", '{"client_email": "a secret that is no key"}')
    by_key = ["smtp_login=oauth2", "oauth_provider=google", "oauth_flow=service_account", "oauth_service_key=@key"]

    said = refusal(folder, *LINES, *by_key)

    assert said.startswith("mail.conf, line 7: oauth_service_key: ")
    assert "a secret that is" not in said


def test_a_file_that_cannot_be_read_or_is_none_is_named(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    large = write(folder / "large", "#" * (MOST_BYTES + 1))
    latin = write(folder / "latin", "from_name=caf\xe9".encode("latin-1"))

    for path in (folder / "gone", folder, folder / "pipe", large, latin):
        with pytest.raises(WrongSettingsFile, match=str(path)):
            read_settings_file(path)


def test_a_login_by_a_client_alone_comes_from_a_file(folder: Path) -> None:
    by_client = ["smtp_login=oauth2", "oauth_provider=microsoft", "oauth_flow=client", "oauth_tenant=example.org"]

    told = settings_of(folder, *LINES, *by_client, "oauth_client_id=a-client", "oauth_client_secret=@password")

    assert (told.smtp_login, told.oauth_provider, told.oauth_flow) == (
        Login.OAUTH2,
        OAuthProvider.MICROSOFT,
        Flow.CLIENT,
    )
    assert told.oauth_client_secret == SECRET


@pytest.mark.parametrize("flow", [Flow.CODE, Flow.DEVICE])
def test_a_login_for_which_a_person_signs_in_says_that_no_file_can(folder: Path, flow: Flow) -> None:
    by_person = ["smtp_login=oauth2", "oauth_provider=microsoft", f"oauth_flow={flow}", "oauth_tenant=example.org"]

    said = refusal(folder, *LINES, *by_person, "oauth_client_id=a-client")

    assert said.startswith(f"mail.conf, line 6: oauth_flow: With {flow} a person signs in, which no file can do.")


def test_the_second_server_is_judged_like_the_first(folder: Path) -> None:
    second = ["second=yes", "second_smtp_host=relay.example.net", "second_smtp_user=r", "second_smtp_login=oauth2"]
    by_code = ["second_oauth_provider=microsoft", "second_oauth_tenant=example.org", "second_oauth_client_id=c"]

    said = refusal(folder, *LINES, BY_FILE, *second, *by_code)

    assert said.startswith("mail.conf has no line for it: second_oauth_flow: With code a person signs in")


def test_the_panels_own_smtp_port_is_no_server_to_send_to(folder: Path) -> None:
    path = write(
        folder / "mail.conf", "\n".join([*LINES, "smtp_port=2525", BY_FILE]).replace("smtp.example.org", "127.0.0.1")
    )

    with pytest.raises(WrongSettingsFile, match="line 2: smtp_host: "):
        read_settings_file(path, listeners=(("127.0.0.1", 2525),))
