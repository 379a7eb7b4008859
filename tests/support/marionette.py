"""Firefox, driven as its own tests do: Marionette, which is JSON over TCP with the length before each packet."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from tests.support.serving import free_port, wait_for

WITHIN = 30.0  # seconds, for anything to come about
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element in what is sent, as WebDriver has it
_PREFERENCES = """
user_pref("marionette.port", {port});
user_pref("intl.accept_languages", "{language}");
user_pref("intl.locale.requested", "{language}");
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("signon.rememberSignons", false);
user_pref("network.proxy.type", 0);
"""


class Firefox:
    """A window of a Firefox without a screen; elements are named by CSS."""

    def __init__(self, program: str, language: str = "en") -> None:
        self._program, self._language, self._number = program, language, 0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        port = free_port()
        preferences = _PREFERENCES.format(port=port, language=self._language)
        Path(self._folder.name, "user.js").write_text(preferences, "utf-8")
        command = [self._program, "--headless", "--no-remote", "--marionette", "--profile", self._folder.name]
        self._process = subprocess.Popen(
            [*command, "--width", "1280", "--height", "900"],
            env={"HOME": self._folder.name, "PATH": "/usr/bin:/bin", "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(port)
        self._socket = socket.create_connection(("127.0.0.1", port), WITHIN)
        self._packets = self._socket.makefile("rb")
        self._receive()  # its greeting
        self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        return self

    def __exit__(self, *fault: object) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(30)
        self._folder.cleanup()

    def call(self, command: str, **values: object) -> Any:
        """Send a command and give its result."""
        self._number += 1
        sent = json.dumps([0, self._number, command, values]).encode()
        self._socket.sendall(b"%d:%b" % (len(sent), sent))
        _, _, fault, result = self._receive()
        assert not fault, f"{command}: {fault['message']}"
        return result

    def _receive(self) -> Any:
        length = b""
        while (one := self._packets.read(1)) != b":":
            assert one, "Firefox has ended"
            length += one
        return json.loads(self._packets.read(int(length)))

    def go(self, address: str) -> None:
        """Open a page, and wait until it is loaded."""
        self.call("WebDriver:Navigate", url=address)

    def run(self, script: str, *values: object) -> Any:
        """Run the body of a function in the page, and give what it returns."""
        return self.call("WebDriver:ExecuteScript", script=script, args=list(values))["value"]

    def wait_for(self, where: str, text: str = "") -> None:
        """Wait until an element is to be seen, with some text in it."""
        seen = "return [...document.querySelectorAll(arguments[0])].some(e => e.checkVisibility()"
        seen += " && e.textContent.includes(arguments[1]))"
        deadline = time.monotonic() + WITHIN
        while not self.run(seen, where, text):
            assert time.monotonic() < deadline, f"{where} {text}: not in {self.text('body')}"

    def click(self, where: str) -> None:
        """Wait for an element, and click it with the mouse as somebody does."""
        self.wait_for(where)
        self.call("WebDriver:ElementClick", id=self._find(where))

    def fill(self, where: str, text: str) -> None:
        """Type into a field, in place of what is in it."""
        element = self._find(where)
        self.call("WebDriver:ElementClear", id=element)
        self.call("WebDriver:ElementSendKeys", id=element, text=text)

    def text(self, where: str) -> str:
        """Give what is to be read in an element."""
        found: str = self.run("return document.querySelector(arguments[0]).innerText", where)
        return re.sub(r"\s+", " ", found)

    def _find(self, where: str) -> str:
        found: str = self.call("WebDriver:FindElement", using="css selector", value=where)["value"][ELEMENT]
        return found
