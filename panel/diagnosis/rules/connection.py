"""Words about the name in EHLO and about TLS."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, pace, tls
from panel.diagnosis.rules.rule import Rule

CONNECTION = (
    # The name in EHLO, told at once or late
    Rule(login.LOCAL_HOSTNAME, words=r"""
        \b(helo|ehlo)\b.{0,60}(reject|invalid|illegal|need|requir|bad|not |forged|fake|must|should|expected|refus|denied
        |unknown|mismatch|resolv|syntax)
    """),
    Rule(login.LOCAL_HOSTNAME, words=r"""
        (invalid|bad|bogus|illegal|forged|fake|malformed|unacceptable|reject\w*|impersonat\w*|non-?fqdn).{0,30}\b(helo
        |ehlo)\b
        access denied - invalid helo
        \b(forging|faking|spoofing)( \w+){0,3} host ?name
    """),
    Rule(login.LOCAL_HOSTNAME, words=r"""
        (helo|ehlo).{0,20}(の|が|は).{0,20}(不正|拒否|無効)
        ホスト名が(不正|無効)
    """),
    # Exchange, and Google's way of saying it
    Rule(login.LOCAL_HOSTNAME, codes="501", enhanced="5.5.4", words=r"invalid domain name"),
    Rule(login.LOCAL_HOSTNAME, provider="google", codes="421", words=r"\((ehlo|helo)\)"),
    Rule(login.LOCAL_HOSTNAME, at="ehlo", provider="google", codes="421"),
    # TLS
    Rule(tls.STARTTLS_NOT_OFFERED, codes="500 502 503 504", words=r"""
        \bstarttls\b( \w+){0,3} (not|un)[ -]?(support|recogni[sz]|implement|avail|known|enabl|offer)
        (un(known|recogni[sz]ed|supported|implemented)|invalid|bad) command.{0,20}\bstarttls\b
    """, unless=r"must|first"),
    Rule(tls.STARTTLS_FAILED, words=r"""
        (tls|ssl|starttls) (is )?(currently |temporarily )?(not available|unavailable)
        tls handshake failed
        (cannot|can't|unable to) (start|initiali[sz]e) tls
        tls (negotiation|setup) failed
        tls engine
    """),
    Rule(pace.TOO_MANY_CONNECTIONS, words=r"too many (new )?tls sessions"),
    # Exchange tells in a reply's form what its own connection to the next server came to.
    Rule(tls.CERTIFICATE_EXPIRED, codes="454", words=r"certificate validation failure, ?reason: ?\w*expired"),
    Rule(tls.CERTIFICATE_HOSTNAME, codes="454", words=r"certificate validation failure, ?reason: ?subjectmismatch"),
    Rule(tls.CERTIFICATE_UNTRUSTED, codes="454", words=r"certificate validation failure"),
    Rule(connection.CONNECT_TIMEOUT, codes="421 451", words=r"""
        (unable to connect|connection timed out)\W{1,4}attempted failover to alternate host
    """),
)
