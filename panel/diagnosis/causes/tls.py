"""Causes about encryption and the server's certificate."""

from __future__ import annotations

from panel.diagnosis.causes.cause import Cause, QueueEffect, Whose, Words
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

TLS_WRONG_MODE = Cause(
    name="tls_wrong_mode",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="tls_mode",
    usual_stage=Stage.TLS,
    example="SSL routines::wrong version number",
    what=N_("The two sides start encryption differently."),
    know=N_(
        "It comes with the first encrypted byte: “wrong version number”, “record layer”, “not look like a TLS "
        "handshake”; a version that is too old is tls_handshake."
    ),
    do=(N_("Port 465 needs implicit TLS, 587 uses STARTTLS: switch the TLS mode, or change the port."),),
    at_stage={
        Stage.POP: Words(
            N_("The two sides start encryption differently."),
            (N_("Port 995 needs implicit TLS, 110 uses STARTTLS: switch the POP TLS mode, or change the port."),),
        ),
    },
    tries_neighbours=True,
)

STARTTLS_NOT_OFFERED = Cause(
    name="starttls_not_offered",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="tls_mode",
    usual_stage=Stage.STARTTLS,
    example="STARTTLS extension not supported by server.",
    what=N_("The server offers no encryption here."),
    know=N_("The server's answer to EHLO has no line 250-STARTTLS; on another port it may."),
    do=(
        N_("Change the port to 465, or ask the service."),
        N_("If it worked before, somebody may be in the middle: do not send a password."),
        N_("Turn TLS/SSL off only for an internal server where that was decided."),
    ),
    at_stage={
        Stage.POP: Words(
            N_("The server offers no encryption here."), (N_("Change the POP port to 995, or ask the service."),)
        ),
    },
    tries_neighbours=True,
)

STARTTLS_FAILED = Cause(
    name="starttls_failed",
    whose=Whose.SERVER,
    effect=QueueEffect.HOLD,
    field="tls_mode",
    usual_stage=Stage.STARTTLS,
    example="454 4.7.0 TLS not available due to local problem",
    what=N_("The server offers encryption, but cannot start it."),
    know=N_("250-STARTTLS is offered, and the command STARTTLS is then answered with 4xx or 5xx."),
    do=(
        N_("Change the port to 465."),
        N_("If that does not help, tell the server's administrator."),
    ),
    at_stage={
        Stage.POP: Words(
            N_("The server offers encryption, but cannot start it."),
            (N_("Change the POP port to 995, or ask the service."),),
        ),
    },
    tries_neighbours=True,
)

TLS_HANDSHAKE = Cause(
    name="tls_handshake",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="tls_mode",
    usual_stage=Stage.TLS,
    example="SSL routines::unsupported protocol",
    what=N_("The server's encryption is too old."),
    know=N_(
        "The words name version, protocol or cipher (“protocol version”, “no shared cipher”, “handshake failure”), "
        "not the certificate."
    ),
    do=(
        N_("Use a server that speaks TLS 1.2 or later."),
        N_("Otherwise ask its administrator to update it."),
    ),
    tries_neighbours=True,
)

CERTIFICATE_EXPIRED = Cause(
    name="certificate_expired",
    whose=Whose.SERVER,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    usual_stage=Stage.TLS,
    example="certificate verify failed: certificate has expired",
    what=N_("The server's certificate has expired."),
    know=N_(
        "“Expired” or “not yet valid” stands there; if the dates in the certificate are right, this machine's "
        "clock is wrong."
    ),
    do=(
        N_("Check this machine's clock."),
        N_("Ask the server's administrator to renew the certificate. Nothing here can mend it."),
    ),
)

CERTIFICATE_HOSTNAME = Cause(
    name="certificate_hostname",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    usual_stage=Stage.TLS,
    example="certificate verify failed: Hostname mismatch, certificate is not valid for 'mail.example.jp'.",
    what=N_("The certificate is for another name."),
    know=N_(
        "The words name two host names, or “does not match”; with the name on the certificate the same server is taken."
    ),
    do=(
        N_("Change the %(host_label)s to a name on the certificate, if it is one of your service's: %(detail)s"),
        N_("Use the host name that your mail service gives."),
    ),
)

CERTIFICATE_UNTRUSTED = Cause(
    name="certificate_untrusted",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="ca_certificate",
    usual_stage=Stage.TLS,
    example="certificate verify failed: self-signed certificate",
    what=N_("The certificate's issuer is not known."),
    know=N_(
        "“Self-signed”, “unknown authority” or “unable to get local issuer” stands there; if another network gets "
        "another issuer for the same server, something on the way opens the encryption."
    ),
    do=(
        N_("For an in-house authority, paste its certificate into CA certificate."),
        N_("For a public service, use the host name that it gives; there is no switch that turns the check off."),
        N_(
            "If the issuer is an antivirus program or a firewall that opens encrypted connections, except the mail "
            "server from that there; on a machine of your own its certificate may be trusted like an in-house one."
        ),
    ),
)

CERTIFICATE_REVOCATION = Cause(
    name="certificate_revocation",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    usual_stage=Stage.TLS,
    example=(
        "The revocation function was unable to check revocation because the revocation server was offline. (0x80092013)"
    ),
    what=N_("Whether the certificate has been revoked could not be asked: its list is not within reach."),
    know=N_("“Revocation”, “CRL” or “OCSP” stands there, and other programs take the same certificate."),
    do=(
        N_("Let the machine on which that program runs reach the issuer's list: usually by HTTP, port 80."),
        N_("If it cannot, switch the check of revocation off in that program, and nothing else of the certificate."),
        N_("The certificate itself may be good; mail-panel does not ask for revocation."),
    ),
)
