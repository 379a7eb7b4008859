"""What is said by OpenSSL 1.0 to 3.5: what verifying found, reasons, and alerts of the other side."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

OPENSSL: tuple[Wording, ...] = (
    Wording(tls.CERTIFICATE_EXPIRED, "OpenSSL 1.0-3.5 crypto/x509/x509_txt.c", """
        certificate has expired
        certificate is not yet valid
        certificate is not yet valid or the system clock is incorrect
        x509_v_err_cert_has_expired
        x509_v_err_cert_not_yet_valid
        alert certificate expired
        alert_certificate_expired
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "OpenSSL 1.1-3.5 crypto/x509/x509_txt.c", """
        hostname mismatch
        ip address mismatch
        verify error:num=62:hostname mismatch
        verify error:num=64:ip address mismatch
        x509_v_err_hostname_mismatch
        x509_v_err_ip_address_mismatch
        tlsv1 unrecognized name
        tlsv1_unrecognized_name
        tlsv1 alert unrecognized name
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "OpenSSL 1.0-3.5 crypto/x509/x509_txt.c", """
        unable to get issuer certificate
        unable to get local issuer certificate
        unable to verify the first certificate
        unable to decrypt certificate's signature
        unable to decode issuer public key
        certificate signature failure
        self signed certificate
        self-signed certificate
        self signed certificate in certificate chain
        self-signed certificate in certificate chain
        certificate chain too long
        certificate revoked
        invalid ca certificate
        invalid non-ca certificate (has ca markings)
        path length constraint exceeded
        unsupported certificate purpose
        unsuitable certificate purpose
        certificate not trusted
        certificate rejected
        subject issuer mismatch
        authority and subject key identifier mismatch
        authority and issuer serial number mismatch
        key usage does not include certificate signing
        unhandled critical extension
        invalid or inconsistent certificate extension
        permitted subtree violation
        excluded subtree violation
        no matching dane tlsa records
        unspecified certificate verification error
        unknown certificate verification error
        missing authority key identifier
        missing subject key identifier
        basic constraints of ca cert not marked critical
        ca cert does not include key usage extension
        issuer certificate lookup error
        issuer certificate doesn't have a public key
        x509_v_err_unable_to_get_issuer_cert
        x509_v_err_unable_to_get_issuer_cert_locally
        x509_v_err_unable_to_verify_leaf_signature
        x509_v_err_depth_zero_self_signed_cert
        x509_v_err_self_signed_cert_in_chain
        x509_v_err_cert_signature_failure
        x509_v_err_cert_revoked
        x509_v_err_cert_untrusted
        x509_v_err_invalid_ca
        x509_v_err_invalid_purpose
        alert unknown ca
        alert_unknown_ca
        alert bad certificate
        alert certificate unknown
        alert certificate revoked
        sslv3_alert_bad_certificate
        sslv3_alert_certificate_unknown
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "OpenSSL 1.0-3.5 ssl/ssl_err.c", """
        ssl routines::certificate verify failed
        ssl routines:tls_process_server_certificate:certificate verify failed
        ssl routines:tls_post_process_server_certificate:certificate verify failed
        ssl routines:ssl3_get_server_certificate:certificate verify failed
    """, around=True),
    Wording(tls.CERTIFICATE_REVOCATION, "OpenSSL 1.0-3.5 crypto/x509/x509_txt.c", """
        unable to get certificate crl
        unable to decrypt crl's signature
        unable to get crl issuer certificate
        crl is not yet valid
        crl has expired
        crl signature failure
        crl path validation error
        different crl scope
        no ocsp response available for certificate
        ocsp verification needed
        ocsp response has expired
        x509_v_err_unable_to_get_crl
        x509_v_err_crl_has_expired
    """),
    Wording(tls.TLS_WRONG_MODE, "OpenSSL 1.0-3.5 ssl/ssl_err.c", """
        ssl routines:ssl23_get_server_hello:unknown protocol
        ssl routines:ssl3_get_record:wrong version number
        ssl routines:tls_get_more_records:packet length too long
        ssl routines:tls_validate_record_header:wrong version number
        ssl routines::wrong version number
        ssl routines::packet length too long
        ssl routines::record layer failure
        ssl_r_wrong_version_number
        err_ssl_wrong_version_number
    """),
    Wording(tls.TLS_HANDSHAKE, "OpenSSL 1.0-3.5 ssl/ssl_err.c", """
        alert handshake failure
        sslv3_alert_handshake_failure
        alert protocol version
        tlsv1_alert_protocol_version
        alert insufficient security
        tlsv1_alert_insufficient_security
        alert inappropriate fallback
        tlsv1_alert_inappropriate_fallback
        alert illegal parameter
        sslv3_alert_illegal_parameter
        alert decode error
        alert decrypt error
        alert missing extension
        alert unsupported certificate
        alert export restriction
        tlsv1 unsupported extension
        unsafe legacy renegotiation disabled
        unsafe_legacy_renegotiation_disabled
        ssl routines::version too low
        [ssl: version_too_low]
        ssl routines::wrong ssl version
        ssl routines::unsupported ssl version
        [ssl: unsupported_protocol]
        ssl routines::unsupported protocol
        ssl routines::no protocols available
        ssl routines::no ciphers available
        ssl routines::no shared cipher
        ssl routines::no shared groups
        ssl routines::no suitable groups
        ssl routines::no suitable key share
        ssl routines::no suitable signature algorithm
        ssl routines::no suitable digest algorithm
        ssl routines::bad ecpoint
        ssl routines::unknown cipher returned
        ssl routines::wrong cipher returned
        ssl routines::wrong signature type
        ssl routines::wrong curve
        ssl routines::insufficient security
        ssl routines::inappropriate fallback
        legacy sigalg disallowed or unsupported
        dh public value length is wrong
        ssl_choose_client_version:unsupported protocol
        ssl_choose_client_version:version too low
        tls_process_ske_dhe:dh key too small
        tls_process_server_hello:unsupported ssl version
        ssl ctx has no default ssl version
        unable to find ecdh parameters
        dh key too small
        dh_key_too_small
        ee key too small
        ca md too weak
        ca_md_too_weak
        ee certificate key too weak
        ca certificate key too weak
        ca signature digest algorithm too weak
    """),
    Wording(unclear.CLIENT_REFUSED, "OpenSSL 1.0-3.5 ssl/ssl_err.c", """
        ssl routines::no cipher match
    """),
    Wording(tls.STARTTLS_FAILED, "OpenSSL 1.0-3.5 ssl/ssl_err.c", """
        tlsv1 alert internal error
        tlsv1_alert_internal_error
        tlsv1 alert user cancelled
    """, stage=Stage.TLS),
    Wording(login.AUTH_MECHANISM, "OpenSSL 1.1-3.5 ssl/ssl_err.c", """
        tlsv13 alert certificate required
        tlsv13_alert_certificate_required
    """, stage=Stage.TLS),
    Wording(connection.CONNECTION_LOST, "OpenSSL 1.1-3.5 ssl/ssl_err.c, ssl.h", """
        unexpected eof while reading
        unexpected_eof_while_reading
        eof occurred in violation of protocol
        ssl_error_syscall in connection to
        ssl_connect: ssl_error_syscall
        ssl_error_syscall, errno
        ssl routines::application data after close notify
        ssl routines::protocol is shutdown
    """),
    Wording(connection.PROTOCOL_ERROR, "OpenSSL 1.0-3.5 ssl/ssl_err.c", """
        decryption failed or bad record mac
        decryption_failed_or_bad_record_mac
        alert bad record mac
    """, stage=Stage.TLS),
)
