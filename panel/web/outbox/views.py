"""The queue and its log, and one message with its attempts."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.rights import Right
from panel.i18n import N_
from panel.outbox.entry import Entry
from panel.outbox.estimate import departure, forecast
from panel.outbox.listing.counting import MOST_COUNTED
from panel.outbox.listing.look import Page
from panel.outbox.listing.queue_order import QueuePage
from panel.outbox.pace.choosing import NoSecondServer
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.route import Choice, Which
from panel.outbox.pace.store import TriedJustNow
from panel.outbox.search import Counts
from panel.outbox.steering.acts import NotPossible
from panel.outbox.steering.retry_plan import MOST_OF_AN_ACT
from panel.web.access.smtp_door import smtp_door
from panel.web.context import actor, in_force, may, request_name, services
from panel.web.guard import not_allowed
from panel.web.outbox.asked import SIZES, ListingQuery, asked_now
from panel.web.outbox.correction import Correction, correction
from panel.web.outbox.departing import departure_line
from panel.web.outbox.halt import halt
from panel.web.outbox.leaving import leaving, settings_in_use
from panel.web.outbox.listing import MessageRow, Tab, outlook, tabs_of, tabs_of_filtered
from panel.web.outbox.many import (
    RetryOffer,
    cancel_chosen,
    chosen,
    offer_of,
    offer_of_failed,
    retry_all_failed,
    retry_chosen,
    see_chosen,
)
from panel.web.outbox.page import forecast_of, message_page, row_of
from panel.web.outbox.pulse import pulse
from panel.web.received import number_in_query
from panel.web.render import announce, confirm, refuse, render, tell, wants_fragment
from panel.web.standing import note_pace
from panel.web.text import gettext, ngettext, translated

bp = Blueprint("outbox", __name__)


@bp.get("/outbox")
def index() -> ResponseReturnValue:
    """Show the list; nothing where a poll finds it as it was."""
    return _list(asked_now(), polled=request.args.get("seen", ""))


@bp.get("/outbox/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """Show one message with everything that was tried; nothing where a poll finds it as it was."""
    return message_page(_found(number), polled=request.args.get("seen", ""))


@bp.post("/outbox/<int:number>/retry")
def retry(number: int) -> ResponseReturnValue:
    """Queue a message again, to a corrected recipient if one was typed."""
    entry = _found(number)
    form = _corrected(entry)
    if form.corrected and not may(Right.READ_MESSAGES):  # whoever gets a message reads it
        return not_allowed(Right.READ_MESSAGES)
    if form.problem:
        return message_page(entry, 422, form=form)
    services().outbox.retry(number, by=actor(), now=clock.now(), corrected=form.corrected)
    confirm(gettext(N_("Put back in the queue.")), undo="" if form.corrected else _undo(number))
    return _back_to_where_it_stands(number)


@bp.post("/outbox/<int:number>/cancel")
def cancel(number: int) -> ResponseReturnValue:
    """Take a waiting message back."""
    services().outbox.cancel(_found(number).number, by=actor(), now=clock.now())
    confirm(gettext(N_("Cancelled. It will not be sent.")), undo=_undo(number))
    return _back_to_where_it_stands(number)


@bp.post("/outbox/<int:number>/seen")
def seen(number: int) -> ResponseReturnValue:
    """Note that somebody has seen that a message failed."""
    services().outbox.see(_found(number).number, by=actor(), now=clock.now())
    confirm(gettext(N_("Marked as seen.")))
    return _back_to_where_it_stands(number)


@bp.post("/outbox/undo")
def undo() -> ResponseReturnValue:
    """Take back what one request has done with messages, or the last act with one message."""
    outbox, number = services().outbox, number_in_query("number")
    if event := request.args.get("event", ""):
        done = outbox.undo_request(event, by=actor(), now=clock.now())
    else:
        done = outbox.undo_many([number] if number else [], by=actor(), now=clock.now())
    if done:
        confirm(ngettext("Undone.", "Undone for %(num)d messages.", len(done)) % {"num": len(done)})
    else:
        refuse(gettext(N_("This cannot be undone any more.")))
    if number and "list" not in request.args:
        return redirect(asked_now().address(url_for(".show", number=number)), 303)
    return redirect(asked_now().address(url_for(".index")), 303)


@bp.errorhandler(NotPossible)
def not_possible(fault: NotPossible) -> ResponseReturnValue:
    """Say why something is not done with a message, where that was asked: in its row, or on its page."""
    number = (request.view_args or {})["number"]
    if "row" in request.form:
        refuse(gettext(str(fault)))
        return _back_to_row(number)
    entry = _found(number)
    return message_page(entry, 422, problem=gettext(str(fault)), form=_corrected(entry))


@bp.post("/outbox")
def act_on_many() -> ResponseReturnValue:
    """Do something with the messages that were ticked; sending them again says first what that would do."""
    asked, act = asked_now(), request.form.get("bulk")
    numbers = chosen(asked)
    if not numbers or act not in ("retry", "cancel", "seen"):
        refuse(gettext(N_("Tick the messages first.")))
        return _back_to_list()
    if act == "retry" and "sure" not in request.form:
        return _offer(offer_of(numbers, asked))
    {"retry": retry_chosen, "cancel": cancel_chosen, "seen": see_chosen}[act](numbers, asked)
    return _back_to_list(focus=True)


@bp.post("/outbox/seen")
def see_all() -> ResponseReturnValue:
    """Mark all failures as seen."""
    count = services().outbox.see_all(by=actor(), now=clock.now())
    said = ngettext("%(num)d failure is marked as seen.", "%(num)d failures are marked as seen.", count)
    confirm(said % {"num": count}) if count else tell(gettext(N_("All failures have been seen.")))
    return _back_to_list(focus=True)


@bp.post("/outbox/retry-failed")
def retry_failed() -> ResponseReturnValue:
    """Queue all failed messages again, once it was said what that would do; the interval is kept."""
    asked = asked_now()
    offer = offer_of_failed(asked)
    if "sure" not in request.form and (offer.plan.go or offer.plan.refused):
        return _offer(offer)
    retry_all_failed(offer.plan, asked)
    return _back_to_list(focus=True)


@bp.post("/outbox/pause")
def pause() -> ResponseReturnValue:
    """Let nothing leave until somebody resumes."""
    services().pace.pause(by=actor(), now=clock.now())
    confirm(gettext(N_("Paused. Nothing is sent until you resume.")))
    return _back_to_list()


@bp.post("/outbox/resume")
def resume() -> ResponseReturnValue:
    """Let the mail go again."""
    services().pace.resume(by=actor(), now=clock.now())
    confirm(gettext(N_("Resumed. What waits goes out at the set pace.")))
    return _back_to_where_it_was()


@bp.post("/outbox/try-now")
def try_now() -> ResponseReturnValue:
    """Try held mail again at once."""
    if not services().try_now(actor()):
        tell(gettext(N_("Nothing is on hold any more.")))
        return _back_to_where_it_was()
    if services().pace.is_paused():
        refuse(gettext(N_("The server is tried again when you resume: sending is paused.")))
    else:
        confirm(gettext(N_("The server is tried again now.")))
    return _back_to_where_it_was()


@bp.post("/outbox/server")
def choose_server() -> ResponseReturnValue:
    """Have mail leave by the server that somebody chooses, or as the first takes it."""
    choice = next((each for each in Choice if each == request.form.get("server")), None)
    if choice is None:
        refuse(gettext(N_("Choose the first server, the second, or automatically.")))
        return _back_to_where_it_was()
    route = services().choose_server(choice, actor())
    confirm(gettext(_CHOSEN[choice] if choice is not Choice.AUTO else _AUTOMATIC[route.which]))
    return _back_to_where_it_was()


_CHOSEN = {
    Choice.FIRST: N_("Mail leaves by the first server only, until you choose anew."),
    Choice.SECOND: N_("Mail leaves by the second server, until you choose anew."),
}
_AUTOMATIC = {
    Which.FIRST: N_("Mail leaves by the first server, and by the second while the first takes none."),
    Which.SECOND: N_("Mail leaves by the second server until the first takes mail again."),
}


@bp.errorhandler(NoSecondServer)
def no_second_server(fault: NoSecondServer) -> ResponseReturnValue:
    """Say that there is nothing to choose from: somebody has switched the second off meanwhile."""
    refuse(fault.text.translated(gettext))
    return _back_to_where_it_was()


@bp.errorhandler(TriedJustNow)
def tried_just_now(fault: TriedJustNow) -> ResponseReturnValue:
    """Say of a click too many when the next one helps."""
    refuse(fault.text.translated(gettext))
    return _back_to_where_it_was()


def _offer(offer: RetryOffer) -> ResponseReturnValue:
    """Show what sending many again would do, in the place of the list."""
    return render("outbox/offer", offer=offer)


def _found(number: int) -> Entry:
    entry = services().outbox.get(number)
    if entry is None:
        abort(404)
    return entry


def _corrected(entry: Entry) -> Correction:
    """Read the addresses that were typed in place of those that failed."""
    return correction(entry, request.form.getlist("recipient"), request.form.getlist("instead_of"))


def _list(asked: ListingQuery, *, polled: str = "", focus: bool = False) -> ResponseReturnValue:
    """Show the list with these filters; what follows from a click is announced, what a poll brings is not."""
    opened, now, version = services(), clock.instant(), in_force()
    page = _page(asked)
    expected = forecast(opened.database, version, page.entries, now)
    state = expected.state or opened.pace.state(Terms.of(version), now)
    note_pace(state)
    halted = halt(state, settings_in_use(state.route, version.settings), now.wall)
    leaves, counts = leaving(state, version.settings, now.wall), opened.outbox.counts()
    departs = departure(opened.database, version, state, counts, now)
    queue = outlook(page, _tabs(asked, counts), asked, halted, expected, leaves, counts, departs)
    if polled == queue.seen:
        return "", 204
    if wants_fragment() and not polled and request.method == "GET" and "live" not in request.args:
        announce(translated(N_("Messages shown: %(count)d."), count=len(queue.rows)))
    return render(
        "outbox/list",
        outbox=queue,
        departs=departure_line(departs, state.interval_ms, now.wall),
        pulse=pulse(state, asked, now.wall),
        at=now.wall,
        focus=focus or (asked.turned and not polled),  # the link to this page is gone: its heading has the focus
        smtp_door=_smtp_door(),
        most=MOST_OF_AN_ACT,
        sizes=SIZES,
    )


def _page(asked: ListingQuery) -> Page | QueuePage:
    outbox = services().outbox
    if asked.in_order:
        return outbox.next_up(asked.filters, after=asked.after, limit=asked.size)
    return outbox.filtered(asked.filters, before=asked.before, limit=asked.size)


def _tabs(asked: ListingQuery, counts: Counts) -> tuple[Tab, ...]:
    """Give the filters by state, with how many there are."""
    outbox = services().outbox
    if asked.filters.narrows:
        return tabs_of_filtered(outbox.count_filtered(asked.filters), asked)
    return tabs_of(counts, outbox.bounced(), outbox.unseen_failures(most=MOST_COUNTED), asked)


def _smtp_door() -> str:
    """Say where programs hand mail over by SMTP, where they may."""
    door = smtp_door(services().config)
    return door.address if door else ""


def _back_to_where_it_was() -> ResponseReturnValue:
    return redirect(url_for("overview.detail"), 303) if "from_settings" in request.form else _back_to_list()


def _undo(number: int) -> str:
    """Give the address that takes back what this request does, and leads back to where it was asked."""
    address = url_for(".undo", event=request_name(), number=number, list="1" if "row" in request.form else None)
    return asked_now().address(address)


def _back_to_where_it_stands(number: int) -> ResponseReturnValue:
    """Show a message where something was done with it: in its row, or on its page."""
    if "row" in request.form:
        return _back_to_row(number)
    return redirect(asked_now().address(url_for(".show", number=number)), 303)


def _back_to_row(number: int) -> ResponseReturnValue:
    """Show a row of the list as it is now; without htmx, the list."""
    if wants_fragment():
        return render("outbox/retried", row=_row(_found(number)), asked=asked_now())
    return redirect(asked_now().address(url_for(".index")), 303)


def _row(entry: Entry) -> MessageRow:
    return row_of(entry, forecast_of([entry], clock.instant()))


def _back_to_list(*, focus: bool = False) -> ResponseReturnValue:
    """Show the list again with its filters; without htmx, by its own address."""
    asked = asked_now()
    return _list(asked, focus=focus) if wants_fragment() else redirect(asked.address(url_for(".index")), 303)
