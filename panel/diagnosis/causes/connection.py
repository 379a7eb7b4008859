"""Causes that come before a server has said its name: no address, no way, silence, or something else than SMTP."""

from __future__ import annotations

from panel.diagnosis.causes.cause import ByHand, Cause, QueueEffect, Whose, Words
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

DNS_NOT_FOUND = Cause(
    name="dns_not_found",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    usual_stage=Stage.RESOLVE,
    example="getaddrinfo ENOTFOUND smtp.gmial.com",
    what=N_("The server name was not found."),
    know=N_(
        "The look-up was answered: there is no such name; an answer such as “try again” or “temporary failure” is "
        "another cause (dns_unavailable)."
    ),
    do=(
        N_("Check the spelling of the %(host_label)s."),
        N_("Did you mean %(nearest)s?"),
        N_("For an internal server, ask whether this machine can look up its name."),
    ),
)

DNS_UNAVAILABLE = Cause(
    name="dns_unavailable",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    usual_stage=Stage.RESOLVE,
    example="Temporary failure in name resolution",
    what=N_("The name look-up got no answer."),
    know=N_(
        "Nobody answered the look-up (“temporary failure”, “try again”, EAI_AGAIN), and other names cannot be "
        "looked up there, either."
    ),
    do=(
        ByHand(N_("Wait a little and try again.")),
        N_("If it continues, check this machine's DNS settings; the mail settings are not at fault."),
    ),
)

CONNECTION_REFUSED = Cause(
    name="connection_refused",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_port",
    usual_stage=Stage.CONNECT,
    example="connect to mail.example.jp[203.0.113.9]:587: Connection refused",
    what=N_("The server is there, but the port is closed."),
    know=N_("It comes at once, within a second; a server that lets one wait is connect_timeout."),
    do=(N_("Change the SMTP port to 587 or 465."),),
    at_stage={
        Stage.POP: Words(
            N_("The server is there, but the port is closed."), (N_("Change the POP port to 995 or 110."),)
        ),
    },
    tries_neighbours=True,
)

CONNECT_TIMEOUT = Cause(
    name="connect_timeout",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_port",
    usual_stage=Stage.CONNECT,
    example="connect to mail.example.jp[203.0.113.9]:25: Connection timed out",
    what=N_("The server did not answer."),
    know=N_("It takes long, 20 seconds or more, and no greeting (220 …) has come; where one has, it is reply_timeout."),
    do=(
        N_("If the port is 25, use 587 or 465: many access providers block port 25 (OP25B)."),
        N_("Otherwise something may block the way: ask for outgoing access to be opened."),
    ),
    at_stage={
        Stage.POP: Words(
            N_("The server did not answer."),
            (
                N_("Check POP host and POP port."),
                N_("Otherwise something may block the way: ask for outgoing access to be opened."),
            ),
        ),
    },
    tries_neighbours=True,
)

NETWORK_UNREACHABLE = Cause(
    name="network_unreachable",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    usual_stage=Stage.CONNECT,
    example="Network is unreachable",
    what=N_("There is no route to the server."),
    know=N_("It comes at once and names the network or the route (“unreachable”, “no route”), often only for IPv6."),
    do=(
        N_("Check this machine's network, and whether only IPv6 was tried."),
        N_("What was tried: %(detail)s"),
    ),
)

CONNECTION_FORBIDDEN = Cause(
    name="connection_forbidden",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_port",
    usual_stage=Stage.CONNECT,
    example="connect to mail.example.jp[203.0.113.9]:587: Permission denied",
    what=N_("This machine does not let the panel connect."),
    know=N_(
        "It says “permission denied” or “not permitted” of a connection, and the same connection succeeds for "
        "another program or user of that machine."
    ),
    do=(
        N_(
            "Find the rule that forbids it: SELinux (httpd_can_network_connect, httpd_can_sendmail), a "
            "firewall on this machine, or the network policy of the container."
        ),
        N_("Another port does not help: what forbids it is here, and not at the server."),
        N_("What was tried: %(detail)s"),
    ),
)

LOCAL_RESOURCES = Cause(
    name="local_resources",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    usual_stage=Stage.CONNECT,
    example="connect to mail.example.jp[203.0.113.9]:587: Too many open files",
    what=N_("This machine cannot open another connection just now."),
    know=N_("It names files, memory or buffers of the machine itself, and other programs there have trouble, too."),
    do=(
        N_("The mail settings are not at fault, nor is the server: mail goes on by itself when there is room."),
        N_(
            "If it continues, raise the limit of open files (LimitNOFILE= of the service, ulimit -n), and see "
            "which program holds so many files or so much memory."
        ),
        N_("What the system says: %(detail)s"),
    ),
)

ADDRESS_DENIED = Cause(
    name="address_denied",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    what=N_("The panel does not connect to this address."),
    know=N_("Only mail-panel says this, before it connects; the address stands beside it."),
    do=(
        N_("Choose another host."),
        N_(
            "If the address is right, the administrator of this panel can allow it in "
            "MAIL_PANEL_DENY_NETWORKS; link-local and metadata addresses always stay closed."
        ),
        N_("The address: %(detail)s"),
    ),
)

SOURCE_ADDRESS = Cause(
    name="source_address",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="source_address",
    usual_stage=Stage.CONNECT,
    what=N_("The source address cannot be used for this server."),
    know=N_("Only mail-panel says this, where a source address is set; from where to where stands beside it."),
    do=(
        N_(
            "Under Rules, enter an address that this machine has and from which the server is reached (ip address "
            "lists them), of the family of the server’s own address, IPv4 or IPv6; or leave it empty."
        ),
        N_("From where to where, and what the system says: %(detail)s"),
    ),
)

GREETING_TIMEOUT = Cause(
    name="greeting_timeout",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="tls_mode",
    usual_stage=Stage.GREETING,
    example="timed out while receiving the initial server greeting",
    what=N_("The server took the connection, then stayed silent: it probably expects encryption from the first byte."),
    know=N_("The connection stands, but the 220 does not come; with implicit TLS on the same port it does."),
    do=(N_("Choose implicit TLS (port 465), or use port 587."),),
    at_stage={
        Stage.POP: Words(
            N_(
                "The server took the connection, then stayed silent: it probably expects encryption "
                "from the first byte."
            ),
            (N_("Choose implicit TLS (port 995) for POP."),),
        ),
    },
    tries_neighbours=True,
)

GREETING_REFUSED = Cause(
    name="greeting_refused",
    whose=Whose.SERVER,
    effect=QueueEffect.DEFER,
    usual_stage=Stage.GREETING,
    example="554 mail.example.jp ESMTP not accepting connections",
    what=N_("The server turned the connection away."),
    know=N_("The first line of the server is a 4xx or 5xx instead of 220, before EHLO."),
    do=(
        ByHand(N_("Read the server's answer, and try again later.")),
        N_(
            "If it continues, this machine's IP address may be refused: allow it in the service's "
            "console, or contact support."
        ),
    ),
    generic=True,
)

NOT_SMTP = Cause(
    name="not_smtp",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_port",
    usual_stage=Stage.GREETING,
    example="HTTP/1.1 400 Bad Request",
    what=N_("What answers there is not a mail server."),
    know=N_("The first line belongs to something else, such as HTTP, SSH, “+OK” (POP3) or “* OK” (IMAP)."),
    do=(N_("Check the host and the port: 587 or 465 for sending."),),
    tries_neighbours=True,
)

CONNECTION_LOST = Cause(
    name="connection_lost",
    whose=Whose.SERVER,
    effect=QueueEffect.DEFER,
    usual_stage=Stage.GREETING,
    example="Connection unexpectedly closed",
    what=N_("The connection was cut."),
    know=N_(
        "The connection stood and ended without a last reply: “reset”, “closed”, “EOF”; a refusal with a number is "
        "another cause."
    ),
    do=(
        ByHand(N_("Try again.")),
        N_("If it is cut at the same step again, look at the service's status page."),
    ),
    at_stage={
        Stage.AUTH: Words(
            N_("The connection was cut during the sign-in."),
            (
                ByHand(N_("Try again.")),
                N_(
                    "Some servers cut a sign-in that they do not like, without a word: check SMTP user and password, "
                    "and whether the service wants the whole address as user."
                ),
                N_("Check port and TLS mode: 465 with implicit TLS, 587 with STARTTLS."),
                N_("If a firewall or an antivirus program looks into mail, except this server from that."),
            ),
        ),
    },
    tries_neighbours=True,
)

REPLY_TIMEOUT = Cause(
    name="reply_timeout",
    whose=Whose.SERVER,
    effect=QueueEffect.DEFER,
    usual_stage=Stage.DATA,
    example="timed out while sending message body",
    what=N_("The server stopped answering."),
    know=N_(
        "The server has greeted (220 …) and later answers no more; where it has not greeted, it is connect_timeout "
        "or greeting_timeout."
    ),
    do=(
        ByHand(N_("Try again later.")),
        N_("If it stops at the same step again, look at the service's status page."),
    ),
)

PROTOCOL_ERROR = Cause(
    name="protocol_error",
    whose=Whose.SERVER,
    effect=QueueEffect.DEFER,
    usual_stage=Stage.EHLO,
    what=N_("The server's answer breaks the rules of SMTP."),
    know=N_(
        "What came is no number with three digits and words, or has no end; a proxy or a virus scanner in between "
        "often writes such lines."
    ),
    do=(
        N_("Check that no proxy or antivirus program sits between this machine and the server."),
        N_("If nothing does, tell the server's administrator."),
    ),
)
