"""What is said by NSS, the TLS of Firefox and Thunderbird: its numbers' names, and its sentences."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, tls
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

NSS: tuple[Wording, ...] = (
    Wording(tls.CERTIFICATE_EXPIRED, "NSS 3.124 lib/util/SECerrs.h, mozilla::pkix", """
        sec_error_expired_certificate
        sec_error_expired_issuer_certificate
        mozilla_pkix_error_not_yet_valid_certificate
        mozilla_pkix_error_not_yet_valid_issuer_certificate
        peer's certificate has expired
        the certificate issuer's certificate has expired
        ssl_error_expired_cert_alert
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "NSS 3.124 lib/ssl/SSLerrs.h", """
        ssl_error_bad_cert_domain
        ssl_error_unrecognized_name_alert
        requested domain name does not match the server's certificate
        ssl peer has no certificate for the requested dns name
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "NSS 3.124 lib/util/SECerrs.h, mozilla::pkix", """
        sec_error_unknown_issuer
        sec_error_untrusted_issuer
        sec_error_untrusted_cert
        sec_error_ca_cert_invalid
        sec_error_cert_not_in_name_space
        sec_error_inadequate_key_usage
        sec_error_inadequate_cert_type
        sec_error_revoked_certificate
        sec_error_cert_signature_algorithm_disabled
        sec_error_bad_signature
        ssl_error_bad_certificate
        ssl_error_unknown_ca_alert
        ssl_error_bad_cert_alert
        mozilla_pkix_error_self_signed_cert
        mozilla_pkix_error_ca_cert_used_as_end_entity
        mozilla_pkix_error_mitm_detected
        peer's certificate issuer is not recognized
        peer's certificate issuer has been marked as not trusted by the user
        peer's certificate has been marked as not trusted by the user
        peer's certificate has been revoked
        peer's certificate has an invalid signature
        certificate type not approved for application
        certificate key usage inadequate for attempted operation
        peer does not recognize and trust the ca that issued your certificate
        unable to communicate securely with peer: peers's certificate was rejected
        the certifying authority for this certificate is not permitted to issue a certificate with this name
    """),
    Wording(tls.CERTIFICATE_REVOCATION, "NSS 3.124 lib/util/SECerrs.h", """
        sec_error_crl_expired
        sec_error_crl_not_yet_valid
        sec_error_ocsp_server_error
        sec_error_ocsp_try_server_later
        sec_error_ocsp_unknown_cert
        sec_error_ocsp_bad_http_response
        sec_error_ocsp_old_response
        sec_error_ocsp_future_response
        sec_error_ocsp_malformed_response
        sec_error_ocsp_unauthorized_response
        mozilla_pkix_error_required_tls_feature_missing
        the ocsp server experienced an internal error
        the ocsp server suggests trying again later
        the ocsp server has no status for the certificate
        the ocsp server returned unexpected/invalid http data
        the crl for the certificate's issuer has expired
    """),
    Wording(tls.TLS_WRONG_MODE, "NSS 3.124 lib/ssl/SSLerrs.h", """
        ssl_error_rx_record_too_long
        ssl_error_rx_unknown_record_type
        ssl received a record that exceeded the maximum permissible length
        ssl received a record with an unknown content type
    """),
    Wording(tls.TLS_HANDSHAKE, "NSS 3.124 lib/ssl/SSLerrs.h", """
        ssl_error_unsupported_version
        ssl_error_protocol_version_alert
        ssl_error_no_cypher_overlap
        ssl_error_handshake_failure_alert
        ssl_error_insufficient_security_alert
        ssl_error_inappropriate_fallback_alert
        ssl_error_weak_server_ephemeral_dh_key
        ssl_error_weak_server_cert_key
        ssl_error_unsafe_negotiation
        ssl_error_ssl2_disabled
        ssl_error_illegal_parameter_alert
        ssl_error_no_ciphers_supported
        ssl_error_unsupported_signature_algorithm
        ssl_error_missing_extended_master_secret
        ssl_error_cipher_disallowed_for_version
        mozilla_pkix_error_inadequate_key_size
        peer using unsupported version of security protocol
        peer reports incompatible or unsupported protocol version
        cannot communicate securely with peer: no common encryption algorithm(s)
        ssl peer was unable to negotiate an acceptable set of security parameters
        server requires ciphers more secure than those supported by client
        ssl received a weak ephemeral diffie-hellman key in server key exchange handshake message
        the server certificate included a public key that was too weak
        peer attempted old style (potentially vulnerable) handshake
        peer only supports ssl version 2, which is locally disabled
        ssl peer rejected a handshake message for unacceptable content
        the server rejected the handshake because the client downgraded to a lower tls version
        the peer used an unsupported combination of signature and hash algorithm
    """),
    Wording(tls.STARTTLS_FAILED, "NSS 3.124 lib/ssl/SSLerrs.h", """
        ssl_error_internal_error_alert
        peer reports it experienced an internal error
    """, stage=Stage.TLS),
    Wording(connection.CONNECTION_LOST, "NSS 3.124 lib/ssl/SSLerrs.h", """
        ssl_error_close_notify_alert
        ssl peer has closed this connection
        pr_end_of_file_error
        pr_connect_reset_error
    """),
    Wording(connection.PROTOCOL_ERROR, "NSS 3.124 lib/ssl/SSLerrs.h", """
        ssl_error_bad_mac_read
        ssl_error_bad_mac_alert
        ssl received a record with an incorrect message authentication code
    """, stage=Stage.TLS),
)
