"""What one provider means by its own words or codes."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import content, login, pace, recipient, reputation, sender
from panel.diagnosis.rules.rule import Rule

OF_PROVIDERS = (
    # Google, https://support.google.com/a/answer/3726730
    Rule(login.TOO_MANY_LOGINS, provider="google", words=r"too many login"),
    Rule(login.WEB_LOGIN_REQUIRED, provider="google", words=r"""
        log ?in (via|with|through|using) (your )?web browser
        web login required
    """),
    Rule(login.WEB_LOGIN_REQUIRED, codes="534", enhanced="5.7.14", provider="google"),
    Rule(login.APP_PASSWORD_REQUIRED, provider="google", link=r"""
        badcredentials
        invalidsecondfactor
    """),
    Rule(login.OAUTH_TOKEN_REFUSED, at="auth", provider="google", words=r"""
        oauth
        access token
        bearer
        xoauth2
    """),
    Rule(login.APP_PASSWORD_REQUIRED, provider="google", words=r"""
        application-specific password
        username and password not accepted
    """),
    Rule(login.APP_PASSWORD_REQUIRED, at="auth", codes="534 535", provider="google"),
    Rule(sender.RELAY_DENIED, provider="google", words=r"""
        mail relay denied
        invalid credentials for relay
        relay.{0,60}not registered
    """),
    Rule(pace.RATE_LIMITED, provider="google", words=r"peak smtp relay limit"),
    Rule(pace.RATE_LIMITED, words=r"receiving (e-?mail|mail) (too quickly|at a rate)"),
    Rule(pace.QUOTA_EXCEEDED, provider="google", words=r"""
        (daily|user|relay).{0,20}(sending|relay)?.{0,20}(limit|quota) exceeded
    """),
    Rule(pace.QUOTA_EXCEEDED, enhanced="5.4.5", provider="google"),
    Rule(reputation.PTR_MISSING, provider="google", words=r"ptr record"),
    Rule(pace.RATE_LIMITED, provider="google", words=r"unusual rate"),
    Rule(reputation.SENDER_AUTHENTICATION,
        enhanced="X.7.24 X.7.26 X.7.27 X.7.30 X.7.31 X.7.32 X.7.40", provider="google"),
    Rule(reputation.PTR_MISSING, enhanced="X.7.23 X.7.25", provider="google"),
    Rule(pace.RATE_LIMITED, codes="4", enhanced="X.7.28", provider="google"),
    Rule(login.TLS_REQUIRED, enhanced="X.7.29", provider="google"),
    Rule(reputation.ADDRESS_BLOCKED, provider="google", words=r"""
        reputation of the sending ip
        the ip you're using
        ip (address )?(not in whitelist|is not allowed)
    """),
    Rule(content.MESSAGE_MALFORMED, at="data", provider="google", words=r"""
        rfc ?53\d\d
        malformed
        \bheaders?\b
        encoded-word
    """),
    Rule(content.CONTENT_REJECTED, provider="google", words=r"""
        unsolicited
        suspicious
        potential security issue
        this message (was|has been) blocked
    """),
    # Microsoft 365 and Outlook.com
    Rule(pace.TOO_MANY_CONNECTIONS, provider="microsoft", words=r"""
        concurrent connections? limit
        maximum number of concurrent
    """),
    Rule(pace.QUOTA_EXCEEDED, enhanced="5.X.X", provider="microsoft", words=r"""
        submissionquota
        submission quota
        message submission rate for this client
        tenant has exceeded
    """),
    Rule(pace.RATE_LIMITED, provider="microsoft", words=r"""
        message submission rate
        submission rate limit
    """),
    Rule(login.TOO_MANY_LOGINS, at="auth", provider="microsoft", words=r"""
        account is (temporarily )?locked
        too many (failed )?(log|auth)
    """),
    Rule(login.LOGIN_REFUSED, provider="microsoft", words=r"""
        credentials were incorrect
        incorrect user ?name or password
        invalid credentials
    """),
    Rule(login.OAUTH_REQUIRED, provider="microsoft", words=r"""
        basic authentication is (not supported|disabled|no longer)
    """),
    Rule(login.OAUTH_REQUIRED, enhanced="5.7.30", provider="microsoft"),
    Rule(login.OAUTH_TOKEN_REFUSED, at="auth", provider="microsoft", words=r"""
        oauth
        access token
        token (is |has )?(expired|invalid)
    """),
    Rule(login.SMTP_AUTH_DISABLED, provider="microsoft", words=r"""
        smtpclientauth\w* is disabled
        security ?defaults
        conditional access
        did not meet the criteria
        blocked by.{0,40}polic
        smtp auth\w* is disabled
    """),
    Rule(login.SMTP_AUTH_DISABLED, enhanced="5.7.139", provider="microsoft"),
    Rule(pace.SENDER_MAILBOX_FULL, provider="microsoft", words=r"storedrv\.submi.{0,200}quota"),
    Rule(recipient.RECIPIENT_MAILBOX_FULL, provider="microsoft", words=r"storedrv\.deliver.{0,200}quota"),
    Rule(sender.SENDER_NOT_ALLOWED, provider="microsoft", words=r"""
        sendasdenied
        send as
        bad outbound sender
        unregistered domain
    """),
    Rule(sender.SENDER_NOT_ALLOWED,
        enhanced="5.7.60 5.1.8 5.7.501 5.7.502 5.7.503 5.7.508 5.7.750", provider="microsoft"),
    Rule(login.AUTH_REQUIRED, enhanced="5.7.57", provider="microsoft"),
    Rule(sender.RELAY_DENIED, provider="microsoft", words=r"""
        relay access denied
        unable to relay
        not permitted to relay
    """),
    Rule(sender.RELAY_DENIED, enhanced="5.7.54 5.7.64 5.7.367", provider="microsoft"),
    Rule(recipient.RECIPIENT_UNKNOWN, provider="microsoft", words=r"""
        recipientnotfound
        recipient not found
        recipient address rejected: access denied
    """),
    Rule(recipient.RECIPIENT_UNKNOWN, at="rcpt data", enhanced="5.1.10 5.4.1", provider="microsoft"),
    Rule(recipient.RECIPIENT_REJECTED, at="rcpt data", provider="microsoft", words=r"""
        resolver\.rst\.(?!recipsize|\w*sizelimit)
        not ?authenticated ?for
        restricted
        allowed senders? list
    """),
    Rule(reputation.SENDER_AUTHENTICATION, enhanced="5.7.509 5.7.515 5.7.512 X.7.23 X.7.26", provider="microsoft"),
    Rule(reputation.PTR_MISSING, enhanced="X.7.25", provider="microsoft"),
    Rule(reputation.ADDRESS_BLOCKED,
        enhanced="5.7.511 5.7.513 5.7.606 5.7.607 5.7.608 5.7.609 5.7.610 5.7.649 5.7.708", provider="microsoft"),
    Rule(pace.QUOTA_EXCEEDED, enhanced="5.7.705 5.1.90", provider="microsoft"),
    Rule(pace.RATE_LIMITED, codes="4", provider="microsoft", words=r"""
        server busy.{0,60}from
        temporarily rate limited
        \brp-00\d
    """),
    Rule(pace.RATE_LIMITED, enhanced="4.7.500 4.7.650 4.7.651 4.7.652", provider="microsoft"),
    Rule(reputation.ADDRESS_BLOCKED, provider="microsoft", words=r"""
        part of their network is on our block
        \b(dy|ou|sc)-00[1-4].{0,120}(dynamic|spamhaus|block)
    """),
    # Amazon SES
    Rule(pace.QUOTA_EXCEEDED, provider="amazon", words=r"(daily|24.?hour).{0,30}(quota|limit)"),
    Rule(pace.RATE_LIMITED, provider="amazon", words=r"""
        throttling failure
        maximum sending rate
    """),
    Rule(sender.SENDER_NOT_ALLOWED, provider="amazon", words=r"""
        not verified
        sending (is )?(paused|disabled)
        is not authorized to perform
        account is (paused|suspended|shut)
    """),
    Rule(recipient.RECIPIENT_REJECTED, provider="amazon", words=r"""
        suppression list
        address blacklisted
    """),
    Rule(content.MESSAGE_MALFORMED, at="data", provider="amazon", words=r"""
        (transaction failed|illegal|missing|duplicate|expected).{0,40}(header|mime|address|@)
    """),
    # Yahoo (also AOL), Apple: both take app passwords only
    Rule(login.TOO_MANY_LOGINS, provider="yahoo", words=r"""
        too many bad auth
        auth005
    """),
    Rule(login.APP_PASSWORD_REQUIRED, at="auth", codes="535", provider="yahoo"),
    Rule(content.CONTENT_REJECTED, provider="yahoo", words=r"\[ph\d+\]"),
    Rule(sender.SENDER_REJECTED, provider="yahoo", words=r"unresolvable"),
    Rule(pace.RATE_LIMITED, provider="yahoo", words=r"""
        \[tss?0[1-9]\]
        \[tss\d+\]
        \[gl0\d\]
        temporarily deferred
    """),
    Rule(reputation.ADDRESS_BLOCKED, provider="yahoo", words=r"\[(bl|cn|in|ip)\d+\]"),
    Rule(recipient.RECIPIENT_UNKNOWN, provider="yahoo", words=r"""
        this user doesn't have
        delivery error: dd
    """),
    Rule(reputation.SENDER_AUTHENTICATION, provider="yahoo", words=r"""
        dmarc
        for policy reasons.{0,80}(spf|dkim)
    """),
    Rule(login.APP_PASSWORD_REQUIRED, at="auth", codes="535", provider="apple"),
    # SendGrid, Mailgun, Postmark, Brevo, Zoho
    Rule(pace.QUOTA_EXCEEDED, provider="sendgrid", words=r"""
        maximum credits
        messaging limits
    """),
    Rule(login.AUTH_REQUIRED, provider="sendgrid", words=r"unauthenticated senders not allowed"),
    Rule(login.LOGIN_REFUSED, at="auth", codes="535", provider="sendgrid"),
    Rule(pace.QUOTA_EXCEEDED, provider="mailgun", words=r"recipient limit exceeded"),
    Rule(sender.SENDER_NOT_ALLOWED, provider="mailgun", words=r"""
        not allowed to send
        sandbox
        free accounts
        authori[sz]ed recipients?
        is disabled
    """),
    Rule(sender.SENDER_NOT_ALLOWED, provider="postmark", words=r"""
        sender signature
        pending approval
        server (is )?inactive
        account is (pending|disabled)
    """),
    Rule(recipient.RECIPIENT_REJECTED, provider="postmark", words=r"""
        inactive recipient
        marked .{0,20}inactive
        hard bounce
    """),
    Rule(login.WEB_LOGIN_REQUIRED, provider="zoho", words=r"""
        unusual (sending )?activity
        outgoing blocked
        unblock ?me
    """),
    Rule(sender.SENDER_NOT_ALLOWED, provider="zoho", words=r"relaying disallowed as"),
    # Yandex, Mail.ru, Tencent, NetEase
    Rule(login.APP_PASSWORD_REQUIRED, provider="russia china", words=r"""
        授权码
        authori[sz]ation code
        application password
        parol prilozheni
        app(lication)?[- ]specific
    """),
    Rule(login.SMTP_AUTH_DISABLED, provider="russia china", words=r"""
        does not have access rights
        service is not open
        has no permission
    """),
    Rule(pace.QUOTA_EXCEEDED, provider="china", words=r"""
        received (today|this day)
        今日
        每天
    """),
    Rule(pace.RATE_LIMITED, provider="china", words=r"""
        frequency limited
        this hour
        频率
    """),
    Rule(content.CONTENT_REJECTED, provider="china", words=r"""
        \bdt:(spm|sum)
        content denied
    """),
)
