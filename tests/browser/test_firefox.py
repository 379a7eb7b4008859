"""The main journey in Firefox ESR: sign in, fill in, test, save, and follow a message that is taken back."""

from __future__ import annotations

import pytest

from panel import clock
from panel.services import Services
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, RECIPIENT
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.marionette import Firefox
from tests.support.needs import needs
from tests.support.servers import PASSWORD, USER, SmtpServer
from tests.support.serving import Serving

_FITS = "return document.documentElement.scrollWidth <= innerWidth"


@pytest.mark.long
def test_the_main_journey(panel: Serving, services: Services, server: SmtpServer) -> None:
    with Firefox(needs("firefox-esr", "firefox-esr")) as firefox:
        firefox.go(f"{panel.address}/login")
        firefox.fill("[name=name]", ACCOUNT)
        firefox.fill("[name=password]", ACCOUNT_PASSWORD)
        firefox.click(".go")

        firefox.click("button[value=in_house]")
        firefox.wait_for("#settings-form")
        for name, text in {
            "from_address": "report@example.org",
            "smtp_host": "localhost",
            "smtp_port": str(server.port),
            "smtp_user": USER,
            "smtp_password": PASSWORD,
            "recipient": RECIPIENT,
        }.items():
            firefox.fill(f"#{name}", text)
        firefox.click("label[for=tls], #tls")
        firefox.click("#bar-test")
        firefox.wait_for("[data-outcome=success]")
        assert firefox.run(_FITS)
        firefox.click("#trial-result .go")
        firefox.wait_for("[data-verdict=ok]")
        assert services.settings.current().settings.smtp_host == "localhost"
        assert [each.rcpt_to for each in server.messages] == [(RECIPIENT,)]

        services.pace.pause(by=actor("ken"), now=clock.now())
        number = services.outbox.enqueue(mail(subject="Report"), by=actor("shop", "api"), now=clock.now()).number
        firefox.click("nav a[href$='/outbox']")
        firefox.click(f"#message-{number} th a")
        firefox.click("#cancel")
        firefox.wait_for("#message[data-state=cancelled]")
        firefox.click("#undo")
        firefox.wait_for("#message[data-state=queued]")
        firefox.click("nav a[href$='/outbox']")
        firefox.click("#pause")
        firefox.wait_for(f"#message-{number}[data-state=sent]")
        assert firefox.run(_FITS)
        assert server.messages[-1].rcpt_to == ("hanako@example.org",)
