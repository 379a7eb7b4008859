"""The page that the panel's pages are compared with: as large, one read from SQLite, one value in it; and a form."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from flask import Flask, render_template
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

from panel.settings.model import Settings
from panel.web.settings.forms import SettingsForm

FIELDS = "{% for field in form %}<p>{{ field.label }} {{ field }}</p>{% endfor %}"


def make(folder: Path) -> Flask:
    """Make the application; `folder` holds the pages to be as large as, by name."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="benchmark")
    CSRFProtect(app)
    database = sqlite3.connect(folder / "peer.db", check_same_thread=False, isolation_level=None)
    database.execute("CREATE TABLE IF NOT EXISTS page AS SELECT 'value' AS text")

    @app.get("/<name>")
    def show(name: str) -> str:
        [value] = database.execute("SELECT text FROM page").fetchone()
        return render_template(pages[name], value=value, token=generate_csrf())

    @app.get("/form/<name>")
    def form(name: str) -> str:
        [value] = database.execute("SELECT text FROM page").fetchone()
        shown = SettingsForm(data=Settings().public())
        return render_template(forms[name], value=value, form=shown, token=generate_csrf())

    texts = {
        page.stem: "{% raw %}" + page.read_text("utf-8") + "{% endraw %}{{ value }}" for page in folder.glob("*.html")
    }
    pages = {name: app.jinja_env.from_string(text) for name, text in texts.items()}
    forms = {name: app.jinja_env.from_string(text + FIELDS) for name, text in texts.items()}
    return app


def app() -> Flask:
    """Make the application for a server of its own."""
    return make(Path(os.environ["BENCHMARK_PAGES"]))
