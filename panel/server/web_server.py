"""Serves the panel: a process that answers, one that sends, one for mail by SMTP, and this one, which watches."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module

from panel import clock, logs
from panel.config import Config
from panel.errors import CannotListen
from panel.home import address_text, beyond_this_machine, reached_here, unknown_variables
from panel.server.alert_watch import AlertWatch
from panel.server.diagnosis_watch import DiagnosisWatch
from panel.server.stops import on_stop
from panel.server.supervisor import Supervisor
from panel.server.watchdog import Beat, Watch
from panel.services import Services, open_services
from panel.storage.folder import served
from panel.storage.opening import require_fit

BACKLOG = 1024  # connections that wait while a process is started again
_UNPRIVILEGED = 1024  # the first port that every user may open
_FRAMES = (
    "A browser lets nobody sign in inside a frame of another site over plain HTTP: put the panel behind a proxy with "
    "HTTPS, and name that in MAIL_PANEL_TRUSTED_PROXIES."
)
GRACE_SECONDS = 5.0  # a test that runs longer is shown as stopped


def serve(config: Config, echo: Callable[[str], None]) -> None:
    """Open everything, say where the panel is, and serve until SIGTERM."""
    logs.configure(config.log_format, quiet=config.quiet)
    warn_of_unknown_variables()
    taken = _take("MAIL_PANEL_LISTEN", config.listen)
    require_fit(*config.place)
    _refuse_unfit_drop(config)
    services = open_services(config)
    reread = _settings_from_file(services)
    within = replace(config, proxy_login=None)  # whose secret is nothing to those that show no page
    supervisors = [*_listener(within), Supervisor("worker", "panel.server.worker", within)]
    listening = _listen("MAIL_PANEL_LISTEN", taken)  # last: who finds it open finds the rest there, too
    _say_where(services, echo)
    with served(config.database_path):
        services.database.close()  # the process that answers opens its own
        Watch(
            lambda beat: _answer(services, listening, beat), supervisors, closing=listening.close, meanwhile=reread
        ).run()


def _refuse_unfit_drop(config: Config) -> None:
    """Raise `ConfigError` where the folder in which others leave mail is not as it must be."""
    if config.drop:
        from panel.outbox.drop.folder import refuse_unfit_drop  # few panels have one

        refuse_unfit_drop(config.drop, config.home)


def _say_where(services: Services, echo: Callable[[str], None]) -> None:
    """Say where everything is: where the log is JSON in that, but for the first link, which no log has."""
    config = services.config
    said = [*_doors(config)]
    if config.framed_by_others and not config.trusted_proxies:
        said.append(_FRAMES)
    if link := _first_link(services):
        echo(link)
    else:
        said.insert(0, _place(services))
    for each in said:
        if config.log_format == "json":
            logs.info("serving", text=each)
        else:
            echo(each)


def _settings_from_file(services: Services) -> Callable[[], object]:
    """Take the settings of a file into use, where one gives them, and give what does so again when SIGHUP asks."""
    if services.config.settings_file is None:
        return lambda: None
    from panel.server.given_settings import follow_file  # few panels have a file

    return follow_file(services)


def refuse_taken(config: Config) -> None:
    """Raise `CannotListen` where the panel's own address is taken, before anything says where it is."""
    _take("MAIL_PANEL_LISTEN", config.listen).close()


def address(config: Config) -> str:
    """Give the panel's own address as a link that a browser of this machine can follow."""
    return f"http://{address_text(*reached_here(config.listen))}"


def _doors(config: Config) -> Iterator[str]:
    """Say where mail is handed over by SMTP, and by whom."""
    if config.smtp_listen:
        who = (
            "Programs in MAIL_PANEL_SMTP_NETWORKS"
            if beyond_this_machine(config.smtp_listen)
            else "Programs on this machine"
        )
        yield f"{who} hand mail over by SMTP at {address_text(*config.smtp_listen)}"
    if config.smtp_access and config.smtp_access.tls_listen:
        yield f"Under TLS from the first byte they do so at {address_text(*config.smtp_access.tls_listen)}"


def _listener(config: Config) -> list[Supervisor]:
    """Open the door for programs, where that is wanted; the process behind it gets no key of ours."""
    access = config.smtp_access
    places = {"MAIL_PANEL_SMTP_LISTEN": config.smtp_listen, "MAIL_PANEL_SMTP_LISTEN_TLS": access and access.tls_listen}
    sockets = [_listen(name, _take(name, place)) for name, place in places.items() if place]
    if not sockets:
        return []
    if access and access.certificate:
        from panel.access.submission.certificate import server_context  # few listeners speak TLS

        server_context(access.certificate, access.key)
    return [Supervisor("listener", "panel.server.smtpd.listener", replace(config, keys=(), demo=None), sockets=sockets)]


def _take(variable: str, address: tuple[str, int]) -> socket.socket:
    """Take an address in the name of all processes to come; nobody is let in yet."""
    taken = socket.socket(_family(address[0]))
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if taken.family == socket.AF_INET6:
        both = address[0] == "::" and socket.has_dualstack_ipv6()
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not both)
    with _or_cannot_listen(variable, address):
        taken.bind(address)
    return taken


def _listen(variable: str, taken: socket.socket) -> socket.socket:
    """Let clients in: while a process is started again, they wait."""
    with _or_cannot_listen(variable, taken.getsockname()[:2]):
        taken.listen(BACKLOG)
    return taken


@contextmanager
def _or_cannot_listen(variable: str, address: tuple[str, int]) -> Iterator[None]:
    """Raise `CannotListen` where an address cannot be had."""
    try:
        yield
    except OSError as fault:
        why = os.strerror(fault.errno or 0)
        raise CannotListen(
            f"{variable} is {address_text(*address)}, where the panel cannot listen: {why}."
            f"{_remedy(variable, address, fault)}"
        ) from None


def _remedy(variable: str, address: tuple[str, int], fault: OSError) -> str:
    """Say where the panel could listen instead, if that is known."""
    host, port = address[:2]
    if fault.errno == errno.EADDRINUSE:
        return _another(variable, host, port + 1)
    if isinstance(fault, PermissionError) and port < _UNPRIVILEGED:
        needed = f" A port below {_UNPRIVILEGED} needs the capability CAP_NET_BIND_SERVICE."
        return needed + _another(variable, host, port + 2_000)  # 465 becomes 2465
    return ""


def _another(variable: str, host: str, first: int) -> str:
    """Name a port that is free, from the first on, and how to say that the panel listens there."""
    for port in range(first, min(first + 100, 65_536)):
        with suppress(OSError), socket.create_server((host, port), family=_family(host)):
            there = address_text(host, port)
            return f" Choose another one: --listen {there}" if variable == "MAIL_PANEL_LISTEN" else f" {there} is free."
    return ""


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def warn_of_unknown_variables() -> None:
    """Log each variable of the environment that bears our prefix and that nothing reads: most often a slip."""
    for name, meant in unknown_variables().items():
        logs.warning("variable_unknown", variable=name, meant=meant or None)


def _first_link(services: Services) -> str:
    """Say where to begin as long as nobody has an account: by a one-time link; blank afterwards."""
    token = None if services.config.proxy_login else services.setup.make_link(clock.now())
    if token is None:
        return ""
    link = f"{services.config.public_url or address(services.config)}/setup?token={token}"
    return (
        f"Nobody has an account yet. Make the administrator with this link; it works once, for a day:\n\n    {link}\n"
    )


def _place(services: Services) -> str:
    if services.config.proxy_login:
        return _place_behind(services, has_administrators=services.config.proxy_login.has_administrators)
    return f"mail-panel is at {address(services.config)}/"


def _place_behind(services: Services, *, has_administrators: bool) -> str:
    """Say where the proxy finds the panel, and how somebody becomes its administrator as long as nobody is."""
    where = f"mail-panel is at {address(services.config)}/ for its proxy, which says who asks"
    if has_administrators or services.proxy_accounts.has_administrator():
        return where
    command = "mail-panel user add NAME --via proxy --role administrator"
    return f"{where}.\nNobody administers it yet. Say who does, by the name that the proxy shows:\n\n    {command}\n"


def _answer(services: Services, listening: socket.socket, beat: Beat) -> None:
    """Answer in this process until SIGTERM."""
    web = import_module("panel.web")  # by name, in the process that answers: the one that watches stays small
    http = import_module("panel.server.http_loop")
    config = services.config
    app = web.create_app(config, services, strict_names=True)  # waitress drops the others
    single = config.proxy_login.headers if config.proxy_login else ()
    server = http.HttpServer(app, listening, trusted=config.trusted_proxies, name=config.listen[0], single=single)
    on_stop(server.stop)
    watches = (AlertWatch(services), DiagnosisWatch(services))
    for watch in watches:
        watch.start()
    server.serve(beat)
    for watch in watches:
        watch.stop()
    server.finish(GRACE_SECONDS)
