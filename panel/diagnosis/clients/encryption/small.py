"""What is said by small TLS libraries, Mbed TLS and wolfSSL, alone and through curl; and by Qt of OpenSSL."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, tls
from panel.diagnosis.wording import Wording

SMALL: tuple[Wording, ...] = (
    Wording(tls.CERTIFICATE_HOSTNAME, "Qt 4.8 to 6 qsslerror.cpp", """
        the host name did not match any of the valid hosts for this certificate
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Qt 4.8 to 6 qsslerror.cpp", """
        the issuer certificate could not be found
        the issuer certificate of a locally looked up certificate could not be found
        the certificate is self-signed, and untrusted
        the root certificate of the certificate chain is self-signed, and untrusted
        the root ca certificate is not trusted for this purpose
        no certificates could be verified
        one of the ca certificates is invalid
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "Mbed TLS 4.1 x509_crt.c; wolfSSL 5 wolfcrypt/src/error.c; curl 8.22", """
        the certificate validity has expired
        the certificate validity starts in the future
        asn date error, current date
        server verification failed: certificate has expired
        server verification failed: certificate not valid yet
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "Mbed TLS 4.1 x509_crt.c; wolfSSL 5 src/internal.c; curl 8.22", """
        the certificate common name (cn) does not match with the expected cn
        peer subject name mismatch
        peer ip address mismatch
        subject alt name(s) or common name do not match
        unrecognized host name error
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Mbed TLS 4.1 x509_crt.c; wolfSSL 5 wolfcrypt/src/error.c", """
        the certificate is not correctly signed by the trusted ca
        the certificate has been revoked (is on a crl)
        the certificate is signed with an unacceptable hash
        the certificate is signed with an unacceptable key
        usage does not match the keyusage extension
        usage does not match the extendedkeyusage extension
        asn no signer error to confirm failure
        asn self-signed certificate error
        ca signer not available for verification
        verify problem on certificate
        maximum chain depth exceeded
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Mbed TLS 2.28-4.1 include/mbedtls/x509.h", """
        x509 - certificate verification failed, e.g. crl, ca or signature check failed
        mbedtls_err_x509_cert_verify_failed
    """, around=True),
    Wording(tls.CERTIFICATE_REVOCATION, "Mbed TLS 4.1 x509_crt.c; wolfSSL 5 src/internal.c", """
        the crl is not correctly signed by the trusted ca
        crl missing, not loaded
        ocsp responder lookup fail
        http timeout for ocsp or crl req
    """),
    Wording(tls.TLS_WRONG_MODE, "Mbed TLS 2.28-4.1 ssl.h; wolfSSL 5 src/internal.c", """
        ssl - an invalid ssl record was received
        mbedtls_err_ssl_invalid_record
        record layer version error
        unknown type in record hdr
    """),
    Wording(tls.TLS_HANDSHAKE, "Mbed TLS 2.28-4.1 ssl.h; wolfSSL 5 src/internal.c", """
        ssl - handshake protocol not within min/max boundaries
        ssl - the handshake negotiation failed
        ssl - a fatal alert message was received from our peer
        mbedtls_err_ssl_fatal_alert_message
        mbedtls_err_ssl_bad_protocol_version
        mbedtls_err_ssl_handshake_failure
        can't match cipher suite
        bad/unsupported protocol version
        received alert fatal error
        rsa key too small
        ecc key too small
    """),
    Wording(connection.CONNECTION_LOST, "Mbed TLS 2.28-4.1 ssl.h, net_sockets.h; wolfSSL 5 src/internal.c", """
        ssl - the connection indicated an eof
        ssl - the peer notified us that the connection is going to be closed
        mbedtls_err_ssl_conn_eof
        net - connection was reset by peer
        net - reading information from the socket failed
        net - sending information through the socket failed
        peer closed underlying transport error
        peer sent close notify alert
        error state on socket
    """),
    Wording(connection.DNS_NOT_FOUND, "Mbed TLS 2.28-4.1 net_sockets.h", """
        net - failed to get an ip address for the given hostname
    """),
    Wording(connection.CONNECTION_REFUSED, "Mbed TLS 2.28-4.1 net_sockets.h", """
        net - the connection to the given server / port failed
    """),
    Wording(connection.REPLY_TIMEOUT, "Mbed TLS 2.28-4.1 ssl.h", """
        ssl - the operation timed out
    """),
)
