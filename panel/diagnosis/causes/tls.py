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
    do=(
        N_("For an in-house authority, paste its certificate into CA certificate."),
        N_("For a public service, use the host name that it gives; there is no switch that turns the check off."),
    ),
)
