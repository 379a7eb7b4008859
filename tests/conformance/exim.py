"""Exim of the distribution: submission with STARTTLS, one port for each way to log in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.certificates import KeyPair
from tests.conformance.people import HERE, MAIL_HOST, MESSAGE_SIZE_LIMIT, NOBODY, Person
from tests.conformance.process import ServerProcess, free_ports
from tests.support import debian

MESSAGES_IN_CONNECTION = 150
IMPATIENT_SECONDS = 1

# Debian's Exim and Postfix exclude each other, so that one of them is unpacked here and not installed.
UNPACKED = debian.EXIM / "usr" / "sbin"

CONFIGURATION = """
exim_path = {program}
keep_environment =
never_users = root
deliver_drop_privilege
primary_hostname = {mail_host}
spool_directory = {home}/spool
log_file_path = {home}/log/%s.log
local_interfaces = {listeners}
tls_on_connect_ports = {implicit}
domainlist here = {here}
message_size_limit = {size_limit}
# Nothing is looked up, and nobody is made to wait.
host_lookup =
rfc1413_hosts =
smtp_enforce_sync = true
# A session of many messages does not end in a queue that nobody runs.
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = {messages_in_connection}
smtp_receive_timeout = ${{if eq {{$received_port}}{{{impatient}}}{{{impatient_seconds}s}}{{5m}}}}
smtp_accept_max_nonmail = 5
log_selector = +smtp_connection
# One port offers to report on mail, as the others do not: Exim offers it to nobody unless it is told to.
dsn_advertise_hosts = ${{if eq {{$received_port}}{{{login}}}{{*}}}}

tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}}}

acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt

begin acl

check_mail:
  deny    message   = 530 5.7.0 Must issue a STARTTLS command first
          condition = ${{if !def:tls_in_cipher}}
  accept

check_rcpt:
  accept  domains = +here
          endpass
          verify = recipient
  accept  authenticated = *
  deny    message = relay not permitted

begin routers

mailbox:
  driver = accept
  local_parts = ! {nobody}
  transport = mailbox

begin transports

mailbox:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  hosts_override
  allow_localhost
  port = {mailbox_port}
  hosts_try_fastopen =

begin retry

* * F,1m,5s

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${{if inlist {{$received_port}}{{{plain}:{impatient}}}}}
  server_prompts = :
  server_condition = ${{if eq {{$auth3}}{{${{lookup {{$auth2}} lsearch {{{home}/passwords}}}}}}}}
  server_set_id = $auth2

login:
  driver = plaintext
  public_name = LOGIN
  server_advertise_condition = ${{if inlist {{$received_port}}{{{login}:{implicit}}}}}
  server_prompts = <| Username: | Password:
  server_condition = ${{if eq {{$auth2}}{{${{lookup {{$auth1}} lsearch {{{home}/passwords}}}}}}}}
  server_set_id = $auth1

cram_md5:
  driver = cram_md5
  public_name = CRAM-MD5
  server_advertise_condition = ${{if eq {{$received_port}}{{{cram_md5}}}}}
  server_secret = ${{lookup {{$auth1}} lsearch {{{home}/passwords}} {{$value}} fail}}
  server_set_id = $auth1
"""


@dataclass(frozen=True, slots=True)
class Exim:
    """A running Exim and its ports, each offering one mechanism."""

    plain: int
    login: int
    cram_md5: int
    implicit: int  # TLS from the start, and LOGIN
    impatient: int  # PLAIN; bears a session for a second without a word
    process: ServerProcess

    @property
    def log(self) -> str:
        return self.process.log

    def stop(self) -> None:
        self.process.stop()


def start(program: str, home: Path, *, key_pair: KeyPair, people: Iterable[Person], mailbox_port: int) -> Exim:
    """Start Exim with a configuration, a spool and ports of its own."""
    ports = dict(zip(("plain", "login", "cram_md5", "implicit", "impatient"), free_ports(5), strict=True))
    for name in ("spool", "log"):
        _make_writable(home / name)
    (home / "passwords").write_text("".join(f"{each.address}: {each.password}\n" for each in people))
    configuration = home / "exim.conf"
    configuration.write_text(
        CONFIGURATION.format(
            program=program,
            home=home,
            mail_host=MAIL_HOST,
            here=" : ".join(HERE),
            nobody=NOBODY.partition("@")[0],
            listeners=" : ".join(f"127.0.0.1.{port}" for port in ports.values()),
            size_limit=MESSAGE_SIZE_LIMIT,
            messages_in_connection=MESSAGES_IN_CONNECTION,
            impatient_seconds=IMPATIENT_SECONDS,
            certificate=key_pair.certificate,
            key=key_pair.key,
            mailbox_port=mailbox_port,
            **ports,
        )
    )
    command = [program, "-C", configuration, "-bdf", "-oP", home / "exim.pid"]
    process = ServerProcess(command, log=home / "log" / "main.log", output=home / "exim.out")
    process.wait_for_greeting(ports["plain"])
    return Exim(**ports, process=process)


def _make_writable(folder: Path) -> None:
    """Make a folder for the user that Exim changes to."""
    folder.mkdir()
    folder.chmod(0o1777)
