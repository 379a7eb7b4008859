"""Postfix and Exim as servers that take mail, cannot deliver it further on, and report that to the bounce address."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance import postfix as postfix_server
from tests.conformance.people import MAIL_HOST
from tests.conformance.process import ServerProcess, free_ports
from tests.support.limits import NOBODY
from tests.support.needs import missing
from tests.support.paths import ROOT

BOUNCE_DOMAIN = "app.example.org"  # mail for it is local here
BOUNCE_ADDRESS = f"panel-bounce@{BOUNCE_DOMAIN}"

POSTFIX_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {mail_host}
mydestination = {domain}
mynetworks = 127.0.0.0/8
alias_maps = hash:{home}/aliases
alias_database =
local_recipient_maps =
biff = no
disable_dns_lookups = yes
smtpd_peername_lookup = no
in_flow_delay = 0
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = smtp:[127.0.0.1]:{further}
default_privs = nobody
"""
POSTFIX_LOCAL = "local unix - n n - - local\n"

EXIM = """
exim_path = {program}
keep_environment =
never_users = root
deliver_drop_privilege
primary_hostname = {mail_host}
spool_directory = {home}/spool
log_file_path = {home}/log/%s.log
local_interfaces = 127.0.0.1.{port}
dsn_advertise_hosts = {dsn}
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = accept

begin routers

panel_bounce:
  driver = accept
  domains = {domain}
  transport = panel_bounce

further:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = further

begin transports

panel_bounce:
  driver = pipe
  command = {command}
  environment = {environment}
  temp_errors = 75
  return_fail_output

further:
  driver = smtp
  port = {further}
  allow_localhost
  hosts_try_fastopen =

begin retry

* * F,1m,5s
"""


@dataclass(frozen=True, slots=True)
class Bouncing:
    """A running server, and the port at which it takes mail."""

    port: int
    process: ServerProcess

    @property
    def log(self) -> str:
        return self.process.log

    def stop(self) -> None:
        self.process.stop()


@dataclass(frozen=True, slots=True)
class Pipe:
    """The command that the server hands what comes to the bounce address to, and its environment."""

    command: tuple[str, ...]
    environment: dict[str, str]

    @property
    def alias(self) -> str:
        variables = " ".join(f"{name}={value}" for name, value in self.environment.items())
        return f'"|/usr/bin/env {variables} {" ".join(self.command)}"'


def pipe_of(panel_home: Path, listen: int) -> Pipe:
    """Give `mail-panel bounce -` for somebody who may not write to the panel's files, by a Python they may run."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "MAIL_PANEL_HOME": str(panel_home),
        "MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{listen}",
    }
    for python in (sys.executable, "/usr/bin/python3"):
        if _may_be_run([python, "-c", "import panel.cli.bounce.command"], environment):
            return Pipe((python, "-m", "panel", "bounce", "-"), environment)
    missing("nobody may run this Python, nor one of the system")


def _may_be_run(command: Sequence[str], environment: dict[str, str]) -> bool:
    try:
        return not subprocess.run(command, env=environment, user=NOBODY, cwd="/", check=False).returncode
    except OSError:
        return False


def start_postfix(program: str, home: Path, *, pipe: Pipe, further: int, dsn: bool) -> Bouncing:
    """Start Postfix: it relays to the further server, and has an alias that is a pipe."""
    [port] = free_ports(1)
    (home / "aliases").write_text(f"panel-bounce: {pipe.alias}\n")
    configuration = home / "etc"
    configuration.mkdir()
    options = {} if dsn else {"smtpd_discard_ehlo_keywords": "dsn"}
    listener = postfix_server._listener(port, options)
    (configuration / "master.cf").write_text(listener + postfix_server.SERVICES + POSTFIX_LOCAL)
    (configuration / "main.cf").write_text(
        POSTFIX_MAIN.format(home=home, mail_host=MAIL_HOST, domain=BOUNCE_DOMAIN, further=further)
    )
    postfix_server._make_folders(program, home, configuration)
    subprocess.run(["postalias", "-c", configuration, f"hash:{home}/aliases"], check=True)
    process = postfix_server._start_master(configuration, home)
    process.wait_for_greeting(port)
    return Bouncing(port, process)


def start_exim(program: str, home: Path, *, pipe: Pipe, further: int, dsn: bool) -> Bouncing:
    """Start Exim likewise: its router leads to a pipe."""
    [port] = free_ports(1)
    for name in ("spool", "log"):
        (home / name).mkdir()
        (home / name).chmod(0o1777)
    configuration = home / "exim.conf"
    configuration.write_text(
        EXIM.format(
            program=program,
            home=home,
            mail_host=MAIL_HOST,
            domain=BOUNCE_DOMAIN,
            port=port,
            further=further,
            dsn="*" if dsn else "",
            command=" ".join(pipe.command),
            environment=" : ".join(f"{name}={value.replace(':', '::')}" for name, value in pipe.environment.items()),
        )
    )
    process = ServerProcess(
        [program, "-C", configuration, "-bdf", "-oP", home / "exim.pid"],
        log=home / "log" / "main.log",
        output=home / "exim.out",
    )
    process.wait_for_greeting(port)
    return Bouncing(port, process)
