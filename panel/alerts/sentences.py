"""What is said of each alert: while it fires, what to do about it, when it is over, and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from panel.alerts.alert import Alert
from panel.i18n import N_


@dataclass(frozen=True, slots=True)
class AlertSentences:
    """The sentences of one alert, message ids all; others are said `instead`, or done, where a fact has their name.

    A cause that is known is told behind `what`, and its steps before `do`. `place` is the page that shows more.
    """

    what: str
    over: str
    do: tuple[str, ...] = ()
    place: str = "/alerts"
    instead: Mapping[str, str] = field(default_factory=dict)
    do_instead: Mapping[str, str] = field(default_factory=dict)


_PUT_KEY_BACK = N_("Put the right key back, or enter the password again.")

SENTENCES: Mapping[Alert, AlertSentences] = {
    Alert.HELD: AlertSentences(
        what=N_("All mail is held."),
        over=N_("Mail is going out again."),
        place="/settings",
        instead={
            "both": N_("Neither of the two servers takes mail: all of it is held."),
            "by_second": N_("The first server does not take mail, which leaves by the second for as long."),
            "let_go": N_("Mail that was held was let go, and no server has taken any since."),
        },
    ),
    Alert.SIGN_IN_REQUIRED: AlertSentences(
        what=N_("The sign-in at the mail service has ended."),
        over=N_("The sign-in at the mail service works again."),
        place="/settings",
    ),
    Alert.SECRET_EXPIRES: AlertSentences(
        what=N_("The client secret ends on %(date)s, in %(days)d days."),
        over=N_("The client secret is good for longer again."),
        do=(N_("Make a new client secret at the service, and enter it in the settings with its date."),),
        place="/settings",
        instead={"ended": N_("The client secret has ended on %(date)s.")},
    ),
    Alert.NO_WORKER: AlertSentences(
        what=N_("Mail waits, and no worker sends it: the last sign of one is %(minutes)d min old (%(host)s)."),
        over=N_("A worker gives signs of life again."),
        do=(
            N_("Look whether the service runs on that machine (systemctl status mail-panel), and start it again."),
            N_("Its log says why it ended."),
        ),
        place="/settings",
        instead={
            "never": N_("Mail waits, and no worker has ever been seen."),
            "others": N_("No worker on %(host)s has given a sign for %(minutes)d min. Those elsewhere go on sending."),
        },
    ),
    Alert.WAITING: AlertSentences(
        what=N_("The oldest message has waited for %(minutes)d min."),
        over=N_("No message waits for long any more."),
        do=(N_("Look at what waits in the outbox: each message says why."),),
        place="/outbox",
    ),
    Alert.FAILING: AlertSentences(
        what=N_("%(number)d messages have failed within an hour."),
        over=N_("No message has failed for an hour."),
        do=(N_("Look at what has failed in the outbox. When the reason is gone, send it again from there."),),
        place="/outbox?state=failed",
        instead={"of": N_("%(number)d of the last %(of)d messages have failed.")},
    ),
    Alert.BOUNCED: AlertSentences(
        what=N_("%(number)d messages have come back within a day."),
        over=N_("No message has come back for a day."),
        do=(N_("Look at what has come back in the outbox: each message says why."),),
        place="/outbox",
    ),
    Alert.QUOTA: AlertSentences(
        what=N_("%(percent)d %% of the daily limit are used up."),
        over=N_("The daily limit has room again."),
        do=(N_("What is over it waits until the limit starts anew. If that is often so, ask for a higher one."),),
        place="/settings",
        instead={"exceeded": N_("The mail service takes no more for now.")},
    ),
    Alert.SECRET_UNREADABLE: AlertSentences(
        what=N_("A saved password cannot be read with this key."),
        over=N_("Every saved password can be read again."),
        do=(_PUT_KEY_BACK,),
        place="/settings",
    ),
    Alert.DATABASE: AlertSentences(
        what=N_("The data file on %(host)s cannot be written: no mail is taken, and none leaves."),
        over=N_("The database can be written again."),
        do=(N_("Check the disk of that machine, and the rights of the data file: the log says what failed."),),
        place="/settings",
        instead={
            "on_server": N_(
                "The database server takes no changes from %(host)s: no mail is taken there, and none leaves."
            ),
        },
        do_instead={
            "on_server": N_(
                "Look at the database server, and at the network to it: the log of that machine says what failed."
            ),
        },
    ),
    Alert.DISK: AlertSentences(
        what=N_("Only %(megabytes)d MB are free on the disk of %(host)s."),
        over=N_("The disk has room again."),
        do=(N_("Make room: mail is refused when it is gone."),),
        place="/settings",
    ),
    Alert.CERTIFICATE: AlertSentences(
        what=N_("The certificate of %(server)s ends on %(date)s."),
        over=N_("The certificate was renewed."),
        do=(N_("Have it renewed by who runs the mail server; then send a test."),),
        place="/settings",
        instead={"authority": N_("The added CA certificate ends on %(date)s.")},
        do_instead={"authority": N_("Get the new one from who runs the mail server, and enter it in the settings.")},
    ),
    Alert.PAUSED: AlertSentences(
        what=N_("Sending has been paused for %(hours)d hours."),
        over=N_("Sending was resumed."),
        do=(N_("Resume it in the outbox. What waits there is not lost."),),
        place="/outbox",
    ),
    Alert.SILENT: AlertSentences(
        what=N_("No message has been handed in for %(hours)d hours, where there always was one at this time."),
        over=N_("Messages are handed in again."),
        do=(N_("Look whether the application runs, and whether it still hands its mail to the panel."),),
        place="/outbox",
    ),
}
TEST = N_("This is a test. Alerts of mail-panel reach you in this way.")
GOES_ON = N_("It has gone on since %(time)s (UTC).")
