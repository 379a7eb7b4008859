"""Postfix of the distribution, an instance of its own: what submission servers demand, on one port each."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.conformance.certificates import Authority, KeyPair
from tests.conformance.people import HERE, MAIL_HOST, MESSAGE_SIZE_LIMIT, NOBODY, PEOPLE, RECIPIENT_LIMIT
from tests.conformance.process import DidNotStart, ServerProcess, free_ports

IMPATIENT_SECONDS = 1

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {mail_host}
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
biff = no
# What the application leaves out stays out, although it is on this machine.
local_header_rewrite_clients =
# Nothing is looked up, and nobody is made to wait.
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
in_flow_delay = 0
message_size_limit = {size_limit}
smtpd_recipient_limit = {recipient_limit}

virtual_mailbox_domains = {here}
virtual_mailbox_maps = regexp:{home}/recipients
virtual_transport = lmtp:inet:127.0.0.1:{mailbox_port}
default_transport = $virtual_transport
smtpd_sender_login_maps = texthash:{home}/owners

smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_loglevel = 1
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth_socket}

smtpd_helo_required = yes
smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
smtpd_relay_restrictions =
    permit_sasl_authenticated
    check_policy_service inet:127.0.0.1:{window_port}
    reject_unauth_destination
"""

SERVICES = """
postlog   unix-dgram n - n - 1 postlogd
pickup    unix  n - n 60    1 pickup
cleanup   unix  n - n -     0 cleanup
qmgr      unix  n - n 300   1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -     - trivial-rewrite
bounce    unix  - - n -     0 bounce
defer     unix  - - n -     0 bounce
trace     unix  - - n -     0 bounce
verify    unix  - - n -     1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -     - proxymap
smtp      unix  - - n -     - smtp
error     unix  - - n -     - error
retry     unix  - - n -     - error
lmtp      unix  - - n -     - lmtp
anvil     unix  - - n -     1 anvil
scache    unix  - - n -     1 scache
"""

SUBMISSION = {
    "smtpd_tls_security_level": "encrypt",
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_sender_restrictions": "reject_sender_login_mismatch",
    "smtpd_relay_restrictions": "permit_sasl_authenticated,reject_unauth_destination",
}
SUBMISSIONS = {
    "smtpd_tls_wrappermode": "yes",
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_client_restrictions": "permit_sasl_authenticated,reject",  # as the distribution's master.cf proposes
    "smtpd_sender_restrictions": "reject_sender_login_mismatch",
}
STOCK = SUBMISSION | {
    "smtpd_sender_restrictions": "",
    "smtpd_relay_restrictions": "",
    "smtpd_recipient_restrictions": "permit_sasl_authenticated,reject",  # so too, in its newer form
}
RELAY = {"smtpd_tls_security_level": "may"}
NO_TLS = {"smtpd_tls_security_level": "none"}
ONE_MESSAGE = SUBMISSION | {"smtpd_client_message_rate_limit": "1"}
IMPATIENT = SUBMISSION | {"smtpd_timeout": f"{IMPATIENT_SECONDS}s", "smtpd_junk_command_limit": "3"}
ONE_CONNECTION = SUBMISSION | {"smtpd_client_connection_count_limit": "1"}


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running Postfix and its ports."""

    submission: int  # as 587: STARTTLS before anything else, then a login
    submissions: int  # as 465: TLS from the start, then a login
    stock: int
    relay: int  # as 25: no login; relays while the POP window is open
    no_tls: int
    one_message: int  # per minute
    one_connection: int  # at a time
    impatient: int  # bears a session for a second without a word, and few words that are no mail
    by_token: int  # a login by an access token alone
    another_host: int
    expired: int
    home: Path
    process: ServerProcess

    @property
    def log(self) -> str:
        return self.process.log

    def stop(self) -> None:
        self.process.stop()

    def kill(self) -> None:
        """End it at once; what it has taken stays in its queue."""
        self.process.kill()

    def rise(self) -> Postfix:
        """Start it again, with its queue and its ports."""
        process = _start_master(self.home / "etc", self.home)
        process.wait_for_greeting(self.submission)
        return replace(self, process=process)


def start(
    program: str,
    home: Path,
    *,
    authority: Authority,
    auth_socket: Path,
    token_socket: Path,
    window_port: int,
    mailbox_port: int,
) -> Postfix:
    """Start Postfix with a configuration, a queue and ports of its own."""
    services = _services(authority, token_socket)
    ports = dict(zip(services, free_ports(len(services)), strict=True))
    _write_maps(home)
    configuration = home / "etc"
    configuration.mkdir()
    listeners = "".join(_listener(ports[name], options) for name, options in services.items())
    (configuration / "master.cf").write_text(listeners + SERVICES)
    (configuration / "main.cf").write_text(
        MAIN.format(
            home=home,
            mail_host=MAIL_HOST,
            here=" ".join(HERE),
            size_limit=MESSAGE_SIZE_LIMIT,
            recipient_limit=RECIPIENT_LIMIT,
            certificate=authority.good.certificate,
            key=authority.good.key,
            auth_socket=auth_socket,
            window_port=window_port,
            mailbox_port=mailbox_port,
        )
    )
    _make_folders(program, home, configuration)
    process = _start_master(configuration, home)
    process.wait_for_greeting(ports["submission"])  # the master listens everywhere before it serves anyone
    return Postfix(**ports, home=home, process=process)


def _services(authority: Authority, token_socket: Path) -> Mapping[str, Mapping[str, str]]:
    return {
        "submission": SUBMISSION,
        "submissions": SUBMISSIONS,
        "stock": STOCK,
        "relay": RELAY,
        "no_tls": NO_TLS,
        "one_message": ONE_MESSAGE,
        "one_connection": ONE_CONNECTION,
        "impatient": IMPATIENT,
        "by_token": SUBMISSION | {"smtpd_sasl_path": str(token_socket)},
        "another_host": SUBMISSION | _certificate(authority.for_another_host),
        "expired": SUBMISSION | _certificate(authority.expired),
    }


def _certificate(pair: KeyPair) -> dict[str, str]:
    return {"smtpd_tls_cert_file": str(pair.certificate), "smtpd_tls_key_file": str(pair.key)}


def _write_maps(home: Path) -> None:
    """Write who there is: every mailbox but one exists, and an address belongs to the login of its name."""
    (home / "recipients").write_text(f"!/^{NOBODY}$/ mailbox\n")
    (home / "owners").write_text("".join(f"{each.address} {each.address}\n" for each in PEOPLE))


def _listener(port: int, options: Mapping[str, str]) -> str:
    """Write one line of master.cf with the options that continue it."""
    settings = "".join(f"  -o {{ {name} = {value} }}\n" for name, value in options.items())
    return f"127.0.0.1:{port} inet n - n - - smtpd\n{settings}"


def _make_folders(program: str, home: Path, configuration: Path) -> None:
    """Let Postfix itself make its queue, with the owners and rights that it wants."""
    for name in ("queue", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    checked = subprocess.run([program, "-c", configuration, "check"], capture_output=True, text=True, check=False)
    if checked.returncode:
        raise DidNotStart(f"postfix check: {checked.stdout}{checked.stderr}")


def _start_master(configuration: Path, home: Path) -> ServerProcess:
    """Start the master itself: it stays in the foreground, where the command `postfix start` leaves it behind."""
    asked = ["postconf", "-c", str(configuration), "-h", "daemon_directory"]
    folder = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    command = [f"{folder}/master", "-d", "-c", configuration]
    return ServerProcess(command, log=home / "postfix.log", output=home / "postfix.out")
