"""A small groupware with a login, a look and roles of its own, which shows the panel and sends its mail through it.

python examples/host_app/app.py
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.security import check_password_hash, generate_password_hash

from panel import config
from panel.mailer import Draft, Mailer, Refused
from panel.web.mount import Visitor, blueprint

ROLES = {"管理者": "administrator", "総務": "operator", "経理": "viewer"}  # of ours, and what each is in the panel

POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


@dataclass(frozen=True)
class Member:
    """Somebody who works here."""

    name: str
    group: str
    address: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Notice:
    """What somebody has told everybody, and the numbers of its mail in the outbox."""

    title: str
    text: str
    by: str
    mail: tuple[int, ...]


MEMBERS = {
    key: Member(name, group, f"{key}@example.net", generate_password_hash(f"{key}-no-aikotoba"))
    for key, name, group in (
        ("sato", "佐藤 真由美", "管理者"),
        ("suzuki", "鈴木 健一", "総務"),
        ("takahashi", "高橋 彩", "経理"),
        ("tanaka", "田中 太郎", "営業"),
    )
}


def create_app(settings: config.Config) -> Flask:
    """Make the groupware, with the panel at /admin/mail."""
    app = Flask(__name__)
    app.secret_key = os.urandom(32)
    CSRFProtect(app)  # before the panel, which checks its own forms
    panel = blueprint(settings, who=visitor, login=lambda: url_for("sign_in"), frame="base.html")
    app.register_blueprint(panel, url_prefix="/admin/mail")
    app.extensions["mailer"] = Mailer(settings, account="groupware")
    app.extensions["notices"] = []
    app.jinja_env.globals["roles"] = ROLES
    app.before_request(load_member)
    app.after_request(limit)
    app.add_url_rule("/sign-in", view_func=sign_in, methods=["GET", "POST"])
    app.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])
    app.add_url_rule("/", view_func=notices, methods=["GET", "POST"])
    return app


def load_member() -> None:
    g.member = MEMBERS.get(session.get("member", ""))


def visitor() -> Visitor | None:
    """Tell the panel who asks: nobody where they have not signed in, and no entrance for those without a role there."""
    if g.member is None:
        return None
    if g.member.group not in ROLES:
        abort(403)
    return Visitor(g.member.name, ROLES[g.member.group])


def limit(response: Response) -> Response:
    """Say what a page may load; the panel has said so already for what it answers by itself."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response


def sign_in() -> ResponseReturnValue:
    member = MEMBERS.get(request.form.get("member", ""))
    if request.method == "GET":
        return render_template("sign_in.html")
    if member is None or not check_password_hash(member.password, request.form.get("password", "")):
        flash("名前またはパスワードが違います。")
        return render_template("sign_in.html"), 422
    session["member"] = request.form["member"]
    wanted = request.args.get("next", "")
    return redirect(wanted if wanted.startswith("/admin/mail/") and not urlsplit(wanted).netloc else url_for("notices"))


def sign_out() -> ResponseReturnValue:
    session.clear()
    return redirect(url_for("sign_in"))


def notices() -> ResponseReturnValue:
    """Show what was told to everybody; take what is to be told, and mail it to the others."""
    if g.member is None:
        return redirect(url_for("sign_in"))
    if request.method == "POST":
        try:
            tell(request.form.get("title", ""), request.form.get("text", ""))
            flash("お知らせを掲載し、メールを送信箱に登録しました。")
        except Refused as fault:
            flash(str(fault))
        return redirect(url_for("notices"))
    mailer, told = current_app.extensions["mailer"], current_app.extensions["notices"]
    shown = [(each, [mailer.status(number) for number in each.mail]) for each in reversed(told)]
    return render_template("notices.html", notices=shown)


def tell(title: str, text: str) -> None:
    """Mail a notice to everybody else; it is on disk when this returns, and leaves at the panel's pace."""
    others = [each for each in MEMBERS.values() if each is not g.member]
    subject, body = f"【お知らせ】{title}", f"{text}\n\n{g.member.name}"
    drafts = [Draft(to=(each.address,), subject=subject, text=body) for each in others]
    tickets = current_app.extensions["mailer"].send_all(drafts)
    told = Notice(title, text, g.member.name, tuple(each.number for each in tickets))
    current_app.extensions["notices"].append(told)


def main() -> None:
    """Run the groupware on this machine, with a thread that sends its mail."""
    app = create_app(config.read())
    with app.extensions["mailer"].working():
        app.run(port=int(os.environ.get("PORT", "5000")))


if __name__ == "__main__":
    main()
