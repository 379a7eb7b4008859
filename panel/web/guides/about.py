"""Which part of the guides is about a page: by its endpoint, else by its room."""

from __future__ import annotations

from flask import request

from panel.web.render import link

_ABOUT = {
    "overview": "settings#the-detail-page",
    "settings": "settings#the-edit-page",
    "assist": "settings#the-edit-page",
    "trials": "settings#test-before-you-save",
    "arrival": "settings#test-before-you-save",
    "history": "settings#go-back-to-former-settings",
    "rules": "settings#the-edit-page",
    "second": "second-server#set-it-up",
    "oauth": "sign-in-microsoft#somebody-signs-in",
    "outbox": "outbox",
    "outbox.show": "message",
    "message": "message#see-the-text-and-the-attachments",
    "causes": "diagnosis#look-up-a-cause",
    "diagnosis": "diagnosis#read-what-it-found",
    "explain": "diagnosis#explain-an-error",
    "alerts": "alerts",
    "destinations": "alerts#who-is-told",
    "account": "accounts#my-own-account",
    "users": "accounts#invite-somebody",
    "tokens": "tokens",
    "audit": "accounts#see-who-did-what",
}


def part_about(endpoint: str) -> str:
    """Give the guide and the anchor that are about a page; empty for the contents."""
    return _ABOUT.get(endpoint) or _ABOUT.get(endpoint.partition(".")[0], "")


def help_url() -> str:
    """Give the address of what the guides say about the page that is shown."""
    name, _, anchor = part_about(request.endpoint or "").partition("#")
    if not name:
        return link("guides.index")
    return link("guides.show", name=name) + (f"#{anchor}" if anchor else "")
