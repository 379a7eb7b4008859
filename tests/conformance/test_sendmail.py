"""What knows a sendmail sends through ours: PHP, git, a mail program, cron, a shell, Python; up to a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.server import worker as worker_process
from panel.services import Services, open_services
from tests.conformance.mailbox import Mail, Mailbox
from tests.conformance.people import ELSEWHERE, SUZUKI, TANAKA
from tests.conformance.postfix import Postfix
from tests.conformance.sending import submission
from tests.support.actors import actor
from tests.support.needs import missing, needs, needs_root
from tests.support.paths import DOCS
from tests.support.terminal import typed_on_terminal

PAGE = (DOCS / "howto" / "sendmail.md").read_text("utf-8")
SUBJECT = "請求書のご案内"
TEXT = "一行目です。\n.\n..点\nFrom here\n終わり\n"
Arrived = Callable[[], Mail]


@pytest.fixture
def services(tmp_path: Path, postfix: Postfix, ca: str) -> Services:
    """A home whose settings lead to Postfix."""
    services = open_services(Config(home=tmp_path / "home"))
    services.settings.save(
        submission(postfix.submission, ca, from_name="総務部"), base=0, by=actor("test"), now=clock.now()
    )
    return services


@pytest.fixture
def sendmail(services: Services, tmp_path: Path) -> Path:
    """The two lines of the manual, with the paths of this test."""
    [lines] = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "sendmail"
    path.write_text(
        lines.replace("/var/lib/mail-panel", str(services.config.home)).replace(
            "/opt/mail-panel/bin", str(Path(sys.executable).parent)
        )
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def arrived(services: Services, mailbox: Mailbox) -> Arrived:
    """Let a worker send the one message of the outbox, and give what the server delivered."""

    def arrived() -> Mail:
        [entry] = services.outbox.list().entries
        with _working(services):
            return mailbox.receive(entry.message_id)

    return arrived


@contextmanager
def _working(services: Services) -> Iterator[None]:
    worker = worker_process.make_worker(services)
    thread = threading.Thread(target=worker.run, args=(services.database.notifier,))
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(30)


def run(*command: object, given: bytes = b"", cwd: Path | None = None, **variables: str) -> bytes:
    """Run it to its end, which is to be a good one, and give what it printed."""
    words = [str(word) for word in command]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(words, input=given, capture_output=True, cwd=cwd, env=environment, timeout=60, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def needs_library(name: str, package: str) -> None:
    if not Path("/usr/share/php", name).exists():
        missing(f"{name} is not installed (Debian package: {package})")


def text_of(mail: Mail) -> str:
    part = mail.message.get_body(("plain",))
    assert part
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


PHP = """
$headers = ["From" => "=?UTF-8?B?" . base64_encode("お店") . "?= <shop@example.org>", "Bcc" => $argv[2],
            "Content-Type" => "multipart/mixed; boundary=b"];
$text = "--b\\r\\nContent-Type: text/plain; charset=UTF-8\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\n" . $argv[4] .
        "\\r\\n--b\\r\\nContent-Type: text/csv; name=a.csv\\r\\nContent-Transfer-Encoding: base64\\r\\n" .
        "Content-Disposition: attachment; filename=a.csv\\r\\n\\r\\n" . base64_encode($argv[5]) . "\\r\\n--b--\\r\\n";
exit(mail($argv[1], "=?UTF-8?B?" . base64_encode($argv[3]) . "?=", $text, $headers, "-fwww-data@vm.example") ? 0 : 1);
"""


def test_php_mail(sendmail: Path, arrived: Arrived) -> None:
    php = needs("php", "php-cli")

    run(
        php,
        "-d",
        f"sendmail_path={sendmail} -t -i",
        "-r",
        PHP,
        "--",
        ELSEWHERE,
        SUZUKI.address,
        SUBJECT,
        TEXT,
        "番号\n1\n",
    )

    mail = arrived()
    assert mail.mail_from == TANAKA.address
    assert mail.rcpt_to == (ELSEWHERE, SUZUKI.address)
    assert mail.message["Subject"] == SUBJECT
    assert mail.message["From"] == f"総務部 <{TANAKA.address}>"
    assert mail.message["Reply-To"] == "お店 <shop@example.org>"
    assert b"\nbcc:" not in b"\n" + mail.content.lower()
    assert text_of(mail) == TEXT
    [attachment] = mail.message.iter_attachments()
    assert attachment.get_payload(decode=True) == "番号\n1\n".encode()


def test_php_hears_what_was_not_taken(sendmail: Path, services: Services) -> None:
    php = needs("php", "php-cli")
    program = 'exit(mail("a@example.org", "a", "b") ? 1 : 0);'

    with services.database.writing() as write:
        write.run("UPDATE totals SET number = 1000000 WHERE what = 'messages' AND name = 'queued'")
    run(php, "-d", f"sendmail_path={sendmail} -t -i", "-r", program)

    assert not services.outbox.list().entries


def test_git_send_email(sendmail: Path, arrived: Arrived, tmp_path: Path) -> None:
    needs("git", "git")
    needs("git-send-email", "git-email libmailtools-perl", "/usr/lib/git-core")
    project = tmp_path / "project"
    project.mkdir()
    (project / "file").write_text("一行目\n.\n")
    author = {"GIT_AUTHOR_NAME": "鈴木", "GIT_AUTHOR_EMAIL": "suzuki@example.org"}
    committer = {"GIT_COMMITTER_NAME": "鈴木", "GIT_COMMITTER_EMAIL": "suzuki@example.org"}
    sent = ["send-email", f"--sendmail-cmd={sendmail}", f"--to={ELSEWHERE}", f"--bcc={SUZUKI.address}"]

    for words in (["init", "-q"], ["add", "file"], ["commit", "-q", "-m", SUBJECT], [*sent, "--confirm=never", "-1"]):
        run("git", *words, cwd=project, **author, **committer)

    mail = arrived()
    assert set(mail.rcpt_to) >= {ELSEWHERE, SUZUKI.address}
    assert SUBJECT in mail.message["Subject"]
    assert mail.message["Reply-To"] == "鈴木 <suzuki@example.org>"
    assert b"\nbcc:" not in b"\n" + mail.content.lower()
    assert "+一行目\n+.\n" in text_of(mail)


def test_a_mail_program_with_an_attachment(sendmail: Path, arrived: Arrived, tmp_path: Path) -> None:
    nail = needs("s-nail", "s-nail")
    (tmp_path / "表.csv").write_text("番号\n1\n")
    options = [
        "-:/",
        "-S",
        f"mta={sendmail}",
        "-S",
        "sendwait",
        "-S",
        "ttycharset=utf-8",
        "-S",
        "from=suzuki@example.org",
    ]

    run(nail, *options, "-s", SUBJECT, "-a", tmp_path / "表.csv", "-b", SUZUKI.address, ELSEWHERE, given=TEXT.encode())

    mail = arrived()
    assert set(mail.rcpt_to) == {ELSEWHERE, SUZUKI.address}
    assert mail.message["Subject"] == SUBJECT
    assert text_of(mail) == TEXT
    [attachment] = mail.message.iter_attachments()
    assert attachment.get_filename() == "表.csv"
    assert attachment.get_content().replace("\r\n", "\n") == "番号\n1\n"


def test_cron(sendmail: Path, arrived: Arrived) -> None:
    message = (
        f"From: root (Cron Daemon)\nTo: {ELSEWHERE}\nSubject: Cron <root@vm> /usr/local/bin/backup\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
        f"X-Cron-Env: <SHELL=/bin/sh>\n\n{TEXT}"
    )

    run(sendmail, "-i", "-FCronDaemon", "-B8BITMIME", "-oem", ELSEWHERE, given=message.encode(), LC_ALL="C")

    mail = arrived()
    assert mail.message["From"] == f"総務部 <{TANAKA.address}>"
    assert mail.message["Reply-To"] is None
    assert text_of(mail) == TEXT


def test_a_shell_script(sendmail: Path, arrived: Arrived) -> None:
    script = f"{sendmail} {ELSEWHERE} <<END\nSubject: {SUBJECT}\n\n一行目\n.\nEND\n"

    run("sh", given=script.encode())

    mail = arrived()
    assert mail.message["Subject"] == SUBJECT
    assert text_of(mail) == "一行目\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_python_and_both_line_ends(sendmail: Path, arrived: Arrived, line_end: str) -> None:
    message = EmailMessage()
    message["To"], message["Subject"], message["Bcc"] = f"山田 <{ELSEWHERE}>", SUBJECT, SUZUKI.address
    message.set_content(TEXT)
    message.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="資料.bin")

    run(sendmail, "-t", "-oi", given=message.as_bytes().replace(b"\n", line_end.encode()))

    mail = arrived()
    assert mail.message["To"] == f"山田 <{ELSEWHERE}>"
    assert mail.rcpt_to == (ELSEWHERE, SUZUKI.address)
    assert text_of(mail) == TEXT
    [attachment] = mail.message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("資料.bin", bytes(range(256)))


SYMFONY = """
require "Symfony/Component/Mailer/autoload.php";
$mailer = new Symfony\\Component\\Mailer\\Mailer(
    (new Symfony\\Component\\Mailer\\Transport\\SendmailTransportFactory)->create(
        Symfony\\Component\\Mailer\\Transport\\Dsn::fromString(
            "sendmail://default?command=" . rawurlencode($argv[1] . " -bs"))));
foreach (array_slice($argv, 4) as $to) {
    try {
        $mailer->send((new Symfony\\Component\\Mime\\Email())->from("お店 <shop@example.org>")->to($to)
            ->subject($argv[2])->text($argv[3])->attach("番号\\n1\\n", "表.csv", "text/csv"));
    } catch (Symfony\\Component\\Mailer\\Exception\\TransportExceptionInterface $fault) {
        fwrite(STDOUT, $fault->getMessage() . "\\n");
    }
}
"""
SWIFT = """
require "Swift/autoload.php";
$mailer = new Swift_Mailer(new Swift_SendmailTransport($argv[1] . " -bs"));
$message = (new Swift_Message($argv[2]))->setFrom(["shop@example.org" => "お店"])->setTo([$argv[4]])
    ->setBcc([$argv[5]])->setBody($argv[3]);
exit($mailer->send($message) == 2 ? 0 : 1);
"""


def test_symfony_mailer_by_smtp(sendmail: Path, arrived: Arrived) -> None:
    """Laravel's mailer is the same one."""
    php = needs("php", "php-cli")
    needs_library("Symfony/Component/Mailer/autoload.php", "php-symfony-mailer")

    run(php, "-r", SYMFONY, "--", sendmail, SUBJECT, TEXT, ELSEWHERE)

    mail = arrived()
    assert mail.rcpt_to == (ELSEWHERE,)
    assert mail.message["Subject"] == SUBJECT
    assert mail.message["Reply-To"] == "お店 <shop@example.org>"
    assert text_of(mail) == TEXT
    [attachment] = mail.message.iter_attachments()
    assert attachment.get_filename() == "表.csv"


def test_symfony_mailer_goes_on_after_a_refusal_in_the_same_session(sendmail: Path, services: Services) -> None:
    php = needs("php", "php-cli")
    needs_library("Symfony/Component/Mailer/autoload.php", "php-symfony-mailer")

    said = run(php, "-r", SYMFONY, "--", sendmail, "a", "b", ELSEWHERE, '"a b"@example.org', SUZUKI.address)

    assert said.count(b"553 5.1.3") == 1
    kept = [each.recipients[0].address for each in services.outbox.list().entries]
    assert kept == [SUZUKI.address, ELSEWHERE]


def test_swiftmailer_by_smtp(sendmail: Path, arrived: Arrived) -> None:
    php = needs("php", "php-cli")
    needs_library("Swift/autoload.php", "php-swiftmailer")

    run(php, "-r", SWIFT, "--", sendmail, SUBJECT, TEXT, ELSEWHERE, SUZUKI.address)

    mail = arrived()
    assert set(mail.rcpt_to) == {ELSEWHERE, SUZUKI.address}
    assert mail.message["Subject"] == SUBJECT
    assert text_of(mail).rstrip("\n") == TEXT.rstrip("\n")
    assert b"\nbcc:" not in b"\n" + mail.content.lower()


def test_nmh_by_smtp(sendmail: Path, arrived: Arrived, tmp_path: Path) -> None:
    send = needs("send", "nmh", "/usr/bin/mh")
    (tmp_path / ".mh_profile").write_text(f"Path: {tmp_path}/mail\n")
    (tmp_path / "mail").mkdir()
    draft = tmp_path / "draft"
    draft.write_text(f"To: {ELSEWHERE}\nFrom: suzuki@example.org\nSubject: a\n\none\n.\ntwo\n")

    run(send, "-mts", "sendmail/smtp", "-sendmail", sendmail, draft, HOME=str(tmp_path))

    mail = arrived()
    assert mail.message["Reply-To"] == "suzuki@example.org"
    assert text_of(mail) == "one\n.\ntwo\n"


@pytest.mark.long
def test_alpine_by_smtp(sendmail: Path, arrived: Arrived, tmp_path: Path) -> None:
    """Alpine speaks SMTP to /usr/sbin/sendmail where its settings name nothing else."""
    alpine = needs("alpine", "alpine")
    needs_root("mount")
    (tmp_path / "folders").mkdir()
    (tmp_path / ".pinerc").write_text(
        f'last-version-used=9.99z\nuser-domain=example.org\ndefault-fcc=""\nfolder-collections={tmp_path}/folders/[]\n'
    )
    environment = {"HOME": str(tmp_path), "TERM": "xterm", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    linked = f"mount --bind {sendmail} /usr/sbin/sendmail && exec {alpine} -p {tmp_path}/.pinerc {ELSEWHERE}"
    to_subject, send = "\x0e" * 2, "\x18"

    typed_on_terminal(
        ["unshare", "--mount", "sh", "-c", linked],
        environment,
        [("AddrBk", f"{to_subject}Alpine\rone\r.\rgoodbye"), ("goodbye", send), ("message?", "y")],
    )

    mail = arrived()
    assert mail.message["Subject"] == "Alpine"
    assert text_of(mail).rstrip() == "one\n.\ngoodbye"


def test_mailq_and_newaliases_are_links_to_it(sendmail: Path, services: Services, tmp_path: Path) -> None:
    for name in ("mailq", "newaliases"):
        (tmp_path / name).symlink_to(sendmail)
    run(sendmail, ELSEWHERE, given=b"Subject: a\n\nb\n")

    assert ELSEWHERE.encode() in run(tmp_path / "mailq")
    assert b"/etc/aliases" in run(tmp_path / "newaliases")
    assert len(services.outbox.list().entries) == 1
