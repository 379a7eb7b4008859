"""What is said by GnuTLS 2.12 to 3.8."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

GNUTLS: tuple[Wording, ...] = (
    Wording(tls.CERTIFICATE_EXPIRED, "GnuTLS 3.8.13 lib/cert-cred.c, errors.c", """
        the certificate chain uses expired certificate
        the certificate chain uses not yet valid certificate
        the session or certificate has expired
        the certificate is not yet activated
        a tls fatal alert has been received: certificate is expired
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "GnuTLS 3.8.13 lib/cert-cred.c, errors.c", """
        the name in the certificate does not match the expected
        the sni host name not recognised
        the server name sent was not recognized
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "GnuTLS 3.8.13 lib/cert-cred.c, errors.c", """
        the certificate issuer is unknown
        the certificate hasn't got a known issuer
        the certificate issuer is not a ca
        the certificate chain uses insecure algorithm
        the certificate chain violates the signer's constraints
        the certificate chain does not match the intended purpose
        the certificate chain is revoked
        the signature in the certificate is invalid
        the certificate contains an unknown critical extension
        the certificate doesn't match the local copy (tofu)
        key usage violation in certificate has been detected
        a tls fatal alert has been received: ca is unknown
        a tls fatal alert has been received: certificate is bad
        a tls fatal alert has been received: unknown certificate
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "GnuTLS 3.8.13 lib/cert-cred.c, errors.c", """
        the certificate is not trusted
        error in the certificate verification
        server certificate verification failed. cafile: … crlfile
    """, around=True),
    Wording(tls.CERTIFICATE_REVOCATION, "GnuTLS 3.8.13 lib/cert-cred.c, errors.c", """
        the revocation or ocsp data are old and have been superseded
        the revocation or ocsp data are issued with a future date
        the certificate requires the server to include an ocsp status in its response, but the ocsp status is missing
        the received ocsp status response is invalid
        error in the crl verification
    """),
    Wording(tls.TLS_WRONG_MODE, "GnuTLS 2.12-3.8 lib/errors.c", """
        an unexpected tls packet was received
        a tls packet with unexpected length was received
        a tls record packet with invalid length was received
        error decoding the received tls packet
    """),
    Wording(tls.TLS_HANDSHAKE, "GnuTLS 2.12-3.8 lib/errors.c, alert.c", """
        a packet with illegal or unsupported version was received
        could not negotiate a supported cipher suite
        could not negotiate a supported compression method
        no supported cipher suites have been found
        the diffie-hellman prime sent by the server is not acceptable (not long enough)
        one of the involved algorithms has insufficient security level
        no common key share with peer
        an algorithm that is not enabled was negotiated
        an illegal tls extension was received
        no supported ecc curves were found
        public key signature verification has failed
        safe renegotiation failed
        unsafe renegotiation denied
        a connection with inappropriate fallback was attempted
        a tls fatal alert has been received: handshake failed
        a tls fatal alert has been received: error in protocol version
        a tls fatal alert has been received: insufficient security
        a tls fatal alert has been received: illegal parameter
    """),
    Wording(tls.TLS_HANDSHAKE, "GnuTLS 2.12-3.8 lib/errors.c", "a tls fatal alert has been received", around=True),
    Wording(tls.STARTTLS_FAILED, "GnuTLS 3.8.13 lib/alert.c", """
        a tls fatal alert has been received: internal error
        a tls fatal alert has been received: access was denied
    """, stage=Stage.TLS),
    Wording(connection.CONNECTION_LOST, "GnuTLS 2.12-3.8 lib/errors.c", """
        the tls connection was non-properly terminated
        error in the pull function
        error in the push function
        peer has terminated the connection
    """),
    Wording(unclear.CLIENT_REFUSED, "GnuTLS 3.8.13 lib/errors.c", """
        no or insufficient priorities were set
    """),
)
