"""Real proxies with a sign-in before the panel, by the very files that the docs give."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support import debian
from tests.support.limits import NOBODY
from tests.support.needs import missing, needs
from tests.support.oidc import CLIENT_SECRET
from tests.support.paths import DOCS
from tests.support.serving import wait_for
from tests.support.sign_in import HOST

SECRET = "7d0c" * 16
APACHE_MODULES = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "ssl", "proxy", "proxy_http", "headers"),
    *("socache_shmcb", "auth_openidc"),
)

_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
{given}
}}
"""
_APACHE = """
ServerRoot {root}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
ServerName {host}
Listen 127.0.0.1:{port}
User #{user}
Group #{user}
Mutex file:{folder}
DefaultRuntimeDir {folder}
{modules}
{given}
"""
_CADDY = """
{{
	admin off
	auto_https disable_redirects
	storage file_system {folder}/caddy
	skip_install_trust
}}
{given}
"""


@dataclass(frozen=True)
class Front:
    """A proxy that is to listen at `port` before a panel; its files are in a folder of its own."""

    folder: Path
    port: int
    panel: int

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"

    @contextmanager
    def nginx(self, sign_in: str, answers: int) -> Iterator[None]:
        """Ask a sign-in, whose pages are at an address, by auth_request."""
        secret = self._kept("secret.conf", f'proxy_set_header X-Mail-Panel-Proxy "{SECRET}";')
        given = self._given(
            "nginx-sign-in.conf",
            {
                **self._certificate(),
                "listen 443": f"listen 127.0.0.1:{self.port}",
                "/etc/nginx/mail-panel.secret": str(secret),
                "127.0.0.1:9091": f"127.0.0.1:{answers}",
                "https://auth.example.org": sign_in,
            },
        )
        written = self._kept("nginx.conf", _NGINX.format(folder=self.folder, given=given))
        with self._running([needs("nginx", "nginx-light"), "-c", written, "-p", self.folder]):
            yield

    @contextmanager
    def caddy(self, answers: int) -> Iterator[None]:
        """Ask a sign-in by forward_auth."""
        program = debian.CADDY / "usr" / "bin" / "caddy"
        if not program.exists():
            missing("Debian's caddy is not unpacked (python3 dev.py test does it, as root)")
        both = self._pair()
        site = f"{HOST}:{self.port} {{\n\tbind 127.0.0.1\n\ttls {both} {both}"
        given = self._given("Caddyfile-sign-in", {f"{HOST} {{": site, "127.0.0.1:9091": f"127.0.0.1:{answers}"})
        written = self._kept("Caddyfile", _CADDY.format(folder=self.folder, given=given))
        command = [program, "run", "--config", written, "--adapter", "caddyfile"]
        with self._running(command, {"PANEL_SECRET": SECRET, "HOME": str(self.folder)}):
            yield

    @contextmanager
    def apache(self, issuer: str, client: str) -> Iterator[None]:
        """Sign in at an OpenID Connect provider, as one of its clients."""
        root = debian.APACHE / "usr"
        if not root.exists():
            missing("Debian's apache2 is not unpacked (python3 dev.py test does it, as root)")
        secret = self._kept("secret.conf", f'RequestHeader set X-Mail-Panel-Proxy "{SECRET}"')
        given = self._given(
            "apache-openid.conf",
            {
                **self._certificate(),
                "<VirtualHost *:443>": f"<VirtualHost 127.0.0.1:{self.port}>",
                "/etc/apache2/mail-panel.secret": str(secret),
                "exec:/bin/cat /etc/apache2/mail-panel-oidc.secret": CLIENT_SECRET,
                "exec:/bin/cat /etc/apache2/mail-panel-oidc.passphrase": SECRET[::-1],
                "https://auth.example.org": issuer,
                f"https://{HOST}/openid": f"{self.address}/openid",
                "ClientID            mail-panel": f"ClientID {client}",
            },
        )
        [modules] = root.glob("lib/apache2/modules")
        loaded = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so" for name in APACHE_MODULES)
        text = _APACHE.format(
            root=root, folder=self.folder, host=HOST, port=self.port, user=NOBODY, modules=loaded, given=given
        )
        libraries = os.pathsep.join(str(each) for each in root.glob("lib/*-linux-gnu*"))
        command = [root / "sbin" / "apache2", "-D", "FOREGROUND", "-f", self._kept("apache.conf", text)]
        with self._running(command, {"LD_LIBRARY_PATH": libraries}):
            yield

    @contextmanager
    def _running(self, command: list[str | Path], more: Mapping[str, str] | None = None) -> Iterator[None]:
        with (self.folder / "said").open("wb") as said:
            process = subprocess.Popen(command, env={**os.environ, **(more or {})}, stdout=said, stderr=said)
            try:
                wait_for(self.port)
                yield
            finally:
                process.terminate()
                process.wait(30)

    def _given(self, name: str, changes: Mapping[str, str]) -> str:
        """Give a file of the docs with the ports and paths of a test."""
        text = (DOCS / "howto" / name).read_text("utf-8")
        for given, ours in {"127.0.0.1:5870": f"127.0.0.1:{self.panel}", **changes}.items():
            assert given in text, given
            text = text.replace(given, ours)
        return text

    def _certificate(self) -> dict[str, str]:
        both = str(self._pair())
        return {f"/etc/ssl/{HOST}.pem": both, f"/etc/ssl/{HOST}.key": both}

    def _pair(self) -> Path:
        path = self.folder / "both.pem"
        trustme.CA().issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def _kept(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path
