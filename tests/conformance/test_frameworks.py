"""What the guide to frameworks says, run by each of them: beside the panel, from another machine, and by sendmail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from panel.storage.database import Database
from tests.conformance.people import ELSEWHERE, SUZUKI
from tests.support.application_site import ApplicationSite, application_site
from tests.support.debian import ALERTMANAGER, WORDPRESS
from tests.support.handing_in import open_door
from tests.support.mariadb import mariadb
from tests.support.needs import missing, needs
from tests.support.node import NODEMAILER
from tests.support.paths import DOCS
from tests.support.servers import Loop

GUIDE, IN_JAPANESE = ((DOCS / "howto" / f"frameworks.{ending}").read_text("utf-8") for ending in ("md", "ja.md"))
CODE = re.compile(r"^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
APPLICATIONS = Path(__file__).with_name("applications")
SUBJECT = "ご注文ありがとうございます"
TEXT = "一行目です。\n.\n..点\nFrom here\n終わり\n"
SENT = (ELSEWHERE, SUZUKI.address, SUBJECT, TEXT)
PLACES = ("beside", "elsewhere", "sendmail")  # where a framework sends from: the order of a chapter's blocks
JARS = ("spring3-core", "spring3-beans", "spring3-context", "spring3-context.support", "commons-logging", "javax.mail")


def blocks(framework: str) -> list[str]:
    """Give the code of a chapter of the guide."""
    [chapter] = re.findall(rf"^## {framework}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    return CODE.findall(chapter)


def test_the_guide_says_the_same_to_programs_in_both_languages() -> None:
    assert CODE.findall(GUIDE) == CODE.findall(IN_JAPANESE)


def test_phpmailer_beside_a_listener(database: Database, loop: Loop, tmp_path: Path) -> None:
    """The short form of all that follows."""
    needs_file("/usr/share/php/libphp-phpmailer", "libphp-phpmailer")
    with open_door(database, loop) as door:
        (tmp_path / "mail.php").write_text(blocks("WordPress")[0].replace("2525", str(door.port)))
        program = [needs("php", "php-cli"), str(APPLICATIONS / "phpmailer.php"), "mail.php"]
        subprocess.run([*program, *SENT], cwd=tmp_path, check=True)

        [entry] = door.entries()
    assert (entry.subject, [each.address for each in entry.recipients]) == (SUBJECT, [ELSEWHERE, SUZUKI.address])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApplicationSite]:
    with application_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def sendmail(site: ApplicationSite, tmp_path: Path) -> Path:
    """The script of the guide to sendmail, with the paths of this test."""
    [script] = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", (DOCS / "howto" / "sendmail.md").read_text("utf-8"), re.DOTALL)
    path = tmp_path / "sendmail"
    home, programs = str(site.services.config.home), str(Path(sys.executable).parent)
    path.write_text(script.replace("/var/lib/mail-panel", home).replace("/opt/mail-panel/bin", programs))
    path.chmod(0o755)
    return path


Send = Callable[..., None]


@pytest.fixture
def send(site: ApplicationSite, sendmail: Path, tmp_path: Path) -> Send:
    """Run a program at a place, with a block of the guide in a file, and look what is in the outbox then."""

    def send(framework: str, place: str, file: str, *command: object, **variables: str) -> None:
        block = blocks(framework)[PLACES.index(place)].replace("/usr/local/sbin/sendmail", str(sendmail))
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(block)
        run = site.run_elsewhere if place == "elsewhere" else site.run_beside

        run(*command, *SENT, cwd=tmp_path, **variables)

        look_at_last(site, *CAME[place])

    return send


CAME = {"beside": ("smtp", ""), "elsewhere": ("smtp", "shop (token)"), "sendmail": ("sendmail", "root")}


def look_at_last(site: ApplicationSite, door: str, account: str) -> None:
    """Look whether the last message of the outbox is the one that the application sent, and how it came."""
    entry, message = site.last()
    assert (entry.door, entry.account) == (door, account)
    assert [each.address for each in entry.recipients] == [ELSEWHERE, SUZUKI.address]
    assert (message["Subject"], message["Bcc"]) == (SUBJECT, None)
    assert (message["From"], message["Reply-To"]) == ("お店 <panel@example.org>", "お店 <shop@example.org>")
    part = message.get_body(("plain",))
    assert part
    assert part.get_content().replace("\r\n", "\n").rstrip("\n") == TEXT.rstrip("\n")
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == "表.csv"


both_machines = pytest.mark.parametrize("place", PLACES[:2])
every_place = pytest.mark.parametrize("place", PLACES)


@pytest.mark.long
@both_machines
def test_django_by_smtp(send: Send, place: str) -> None:
    needs_file("/usr/lib/python3/dist-packages/django", "python3-django")

    send("Django", place, "shop/settings.py", sys.executable, APPLICATIONS / "django_mail.py")


@pytest.mark.long
def test_django_without_smtp(site: ApplicationSite, tmp_path: Path) -> None:
    needs_file("/usr/lib/python3/dist-packages/django", "python3-django")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mail.py").write_text(blocks("Django")[2])
    (tmp_path / "shop" / "settings.py").write_text('EMAIL_BACKEND = "shop.mail.Backend"')
    home = {"MAIL_PANEL_HOME": str(site.services.config.home)}

    site.run_beside(sys.executable, APPLICATIONS / "django_mail.py", *SENT, cwd=tmp_path, **home)

    look_at_last(site, "python", "shop")


@pytest.mark.long
@every_place
def test_rails(send: Send, place: str) -> None:
    ruby = needs("ruby", "ruby-actionmailer")

    send("Rails", place, "production.rb", ruby, APPLICATIONS / "rails.rb", "production.rb")


@pytest.mark.long
@every_place
def test_laravel(send: Send, place: str) -> None:
    needs_file("/usr/share/php/Illuminate/Mail", "php-laravel-framework")

    send("Laravel", place, ".env", needs("php", "php-cli"), APPLICATIONS / "laravel.php")


@pytest.mark.long
@every_place
def test_symfony(send: Send, place: str) -> None:
    needs_file("/usr/share/php/Dotenv", "php-laravel-framework")

    send("Symfony", place, ".env", needs("php", "php-cli"), APPLICATIONS / "symfony.php")


@pytest.mark.long
@both_machines
def test_spring(send: Send, site: ApplicationSite, place: str) -> None:
    needs_file("/usr/share/java/spring3-context.support.jar", "libspring-context-support-java")
    trusted = site.folder / "trusted.p12"
    if not trusted.exists():
        words = ["-importcert", "-noprompt", "-alias", "ca", "-file", str(site.authority), "-keystore", str(trusted)]
        subprocess.run([needs("keytool", "default-jdk-headless"), *words, "-storepass", "changeit"], check=True)
    classes = ":".join(f"/usr/share/java/{name}.jar" for name in JARS)
    trust = [f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=changeit"]
    java = [needs("java", "default-jdk-headless"), *trust, "-cp", classes]

    send("Spring Boot", place, "application.properties", *java, APPLICATIONS / "Spring.java", "application.properties")


@pytest.mark.long
@both_machines
def test_go(site: ApplicationSite, tmp_path: Path, place: str) -> None:
    go = needs("go", "golang-go")
    (tmp_path / "main.go").write_text(blocks("Go")[PLACES.index(place)])
    environment = {**os.environ, "GOCACHE": str(site.folder / "go"), "GO111MODULE": "off"}
    subprocess.run([go, "build", "-o", tmp_path / "send", tmp_path / "main.go"], env=environment, check=True)

    run = site.run_elsewhere if place == "elsewhere" else site.run_beside
    run(tmp_path / "send", cwd=tmp_path)

    entry, message = site.last()
    assert (entry.door, entry.account) == CAME[place]
    assert ([each.address for each in entry.recipients], message["Subject"]) == (["hanako@example.org"], "Order")


@pytest.mark.long
@both_machines
def test_phpmailer(send: Send, place: str) -> None:
    needs_file("/usr/share/php/libphp-phpmailer", "libphp-phpmailer")

    send("WordPress", place, "mail.php", needs("php", "php-cli"), APPLICATIONS / "phpmailer.php", "mail.php")


@pytest.fixture(scope="module")
def wordpress(site: ApplicationSite) -> Iterator[list[Path]]:
    """The words that run a WordPress with a database of its own; the plugins are those of the working directory."""
    root = WORDPRESS / "usr" / "share" / "wordpress"
    needs_file(root, "wordpress")
    needs_file(next(Path("/usr/lib/php").glob("*/mysqli.so"), "mysqli.so"), "php-mysql")
    (site.folder / "mariadb").mkdir()
    with mariadb(site.folder / "mariadb", "wordpress") as socket:
        yield [APPLICATIONS / "wordpress.php", root, socket, Path("plugins")]


@pytest.mark.long
@both_machines
def test_wordpress_by_smtp(send: Send, wordpress: list[Path], place: str) -> None:
    send("WordPress", place, "plugins/mail.php", needs("php", "php-cli"), *wordpress)


@pytest.mark.long
def test_wordpress_by_sendmail(site: ApplicationSite, wordpress: list[Path], sendmail: Path, tmp_path: Path) -> None:
    """Nothing is set in WordPress then."""
    php = [needs("php", "php-cli"), "-d", f"sendmail_path={sendmail} -t -i"]

    site.run_beside(*php, *wordpress, *SENT, cwd=tmp_path)

    look_at_last(site, *CAME["sendmail"])


@pytest.mark.long
@every_place
def test_nodemailer(send: Send, place: str) -> None:
    program = NODEMAILER.program() or missing(f"{NODEMAILER.what} is not installed")
    modules = {"NODE_PATH": str(NODEMAILER.folder / "node_modules")}

    send("Node", place, "mailer.js", program, APPLICATIONS / "node.js", "mailer.js", **modules)


@pytest.mark.long
@both_machines
def test_alertmanager(site: ApplicationSite, tmp_path: Path, place: str) -> None:
    needs_file(ALERTMANAGER, "prometheus-alertmanager")
    (tmp_path / "token").write_text(site.token)
    settings = blocks("Alertmanager")[PLACES.index(place)].replace("/etc/prometheus/mail-token", "token")
    at_once = settings.replace("  receiver: office\n", "  receiver: office\n  group_wait: 0s\n")
    (tmp_path / "alertmanager.yml").write_text(at_once)

    run = site.run_elsewhere if place == "elsewhere" else site.run_beside
    run("sh", APPLICATIONS / "alertmanager.sh", ALERTMANAGER, cwd=tmp_path)

    entry, message = site.last()
    assert (entry.door, entry.account) == CAME[place]
    assert [each.address for each in entry.recipients] == ["hanako@example.org"]
    assert message["Subject"] == "[FIRING:1]  (Disk full)"


def needs_file(path: str | Path, package: str) -> None:
    if not Path(path).exists():
        missing(f"{path} is not installed (Debian package: {package})")
