"""What is said by the TLS of operating systems: SChannel of Windows, Secure Transport of macOS."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, tls
from panel.diagnosis.wording import Wording

SCHANNEL: tuple[Wording, ...] = (
    Wording(tls.CERTIFICATE_EXPIRED, "Windows winerror.h, wincrypt.h", """
        sec_e_cert_expired
        cert_e_expired
        cert_trust_is_not_time_valid
        the received certificate has expired
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "Windows winerror.h; curl 8.22 lib/vtls/schannel_verify.c", """
        sec_e_wrong_principal
        cert_e_cn_no_match
        schannel: sni or certificate check failed
        schannel: server certificate name verification failed
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "Windows winerror.h; curl 8.22 lib/vtls/schannel_verify.c", """
        sec_e_untrusted_root
        sec_e_cert_unknown
        sec_e_cert_wrong_usage
        cert_e_untrustedroot
        cert_e_chaining
        cert_trust_is_untrusted_root
        cert_trust_is_partial_chain
        cert_trust_is_revoked
        the certificate chain was issued by an authority that is not trusted
        an unknown error occurred while processing the certificate
        schannel: the certificate chain is incomplete
        schannel: the certificate or certificate chain is based on an untrusted root
        schannel: trust for this certificate or one of the certificates in the certificate chain has been revoked
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "curl 8.22 lib/vtls/schannel_verify.c", """
        schannel: this certificate or one of the certificates in the certificate chain is not time valid
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "Windows winerror.h; curl 8.22 lib/vtls/schannel_verify.c", """
        crypt_e_revocation_offline
        crypt_e_no_revocation_check
        cert_trust_revocation_status_unknown
        cert_trust_is_offline_revocation
        schannel: the revocation status is unknown
        the revocation function was unable to check revocation
    """),
    Wording(tls.TLS_WRONG_MODE, "Windows winerror.h", """
        sec_e_invalid_token
        the token supplied to the function is invalid
    """),
    Wording(tls.TLS_HANDSHAKE, "Windows winerror.h", """
        sec_e_algorithm_mismatch
        sec_e_illegal_message
        sec_e_unsupported_function
        the client and server cannot communicate, because they do not possess a common algorithm
        the client and server cannot communicate because they do not possess a common algorithm
        クライアントとサーバーは共通のアルゴリズムを処理していないので、通信できません
    """),
    Wording(connection.CONNECTION_LOST, "curl 8.22 lib/vtls/schannel.c", """
        schannel: failed to receive handshake, ssl/tls connection failed
        schannel: server closed abruptly (missing close_notify)
        schannel: failed to send initial handshake data
    """),
)
SECURE_TRANSPORT: tuple[Wording, ...] = (
    Wording(tls.CERTIFICATE_EXPIRED, "macOS SecureTransport.h; curl 8.14 lib/vtls/sectransp.c", """
        errsslcertexpired
        errsslcertnotyetvalid
        certificate chain had an expired certificate
        the certificate chain had a certificate that is not yet valid
        cfnetwork sslhandshake failed (-9814)
        cfnetwork sslhandshake failed (-9815)
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "macOS SecureTransport.h; curl 8.14 lib/vtls/sectransp.c", """
        errsslhostnamemismatch
        ssl certificate peer verification failed, the certificate did not match
        cfnetwork sslhandshake failed (-9843)
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "macOS SecureTransport.h; curl 8.14 lib/vtls/sectransp.c", """
        errsslxcertchaininvalid
        errsslunknownrootcert
        errsslnorootcert
        errsslbadcert
        ssl certificate problem: invalid certificate chain
        ssl certificate problem: untrusted root certificate
        ssl certificate problem: no root certificate
        ssl certificate problem: the certificate is unknown
        ssl certificate problem: the certificate was revoked
        ssl certificate problem: couldn't understand the server certificate format
        ssl: peer not verified: recoverabletrustfailure
        cfnetwork sslhandshake failed (-9807)
        cfnetwork sslhandshake failed (-9808)
        cfnetwork sslhandshake failed (-9812)
        cfnetwork sslhandshake failed (-9813)
    """),
    Wording(tls.TLS_HANDSHAKE, "macOS SecureTransport.h; curl 8.14 lib/vtls/sectransp.c", """
        errsslnegotiation
        errsslpeerprotocolversion
        errsslpeerhandshakefail
        errsslweakpeerephemeraldhkey
        could not negotiate an ssl cipher suite with the server
        a bad protocol version was encountered
        a bad ssl cipher suite was encountered
        indicates a weak ephemeral diffie-hellman key
        ssl peer handshake failed, the server most likely requires a client certificate to connect
        cfnetwork sslhandshake failed (-9801)
        cfnetwork sslhandshake failed (-9824)
        cfnetwork sslhandshake failed (-9836)
    """),
    Wording(connection.CONNECTION_LOST, "macOS SecureTransport.h; curl 8.14 lib/vtls/sectransp.c", """
        errsslclosedabort
        errsslclosednonotify
        server aborted the ssl handshake
        server dropped the connection during the ssl handshake
        the server closed the session with no notification
        cfnetwork sslhandshake failed (-9806)
        cfnetwork sslhandshake failed (-9816)
    """),
)
