"""Words about what others think of the sender's domain and of this machine's address."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import reputation, sender
from panel.diagnosis.rules.rule import Rule

ABUSED = (
    Rule(reputation.ADDRESS_BLOCKED, words=r"""
        your (ip|host|server|address)( address)?( \w+){0,3} (identified|known|marked|classified|reported) as( an?)? spam
        (this|your) (ip|host|server|network|address)( address)? (has|is|have)( been)?( \w+)? (blocked|banned
        |black-?listed)
        (ip|address|host|network)( address)? <ip> (is |has been |was )?(blocked|banned|black-?listed|denied|refused
        |rejected)
        too many (spams?|junk|unwanted \w+|errors|bad commands|invalid recipients)( \w+){0,5} from (your|the|this)[ ]
    """),
)

UNPROVEN = (
    Rule(reputation.SENDER_AUTHENTICATION, enhanced="X.7.26", words=r"""
        authenticat
    """),
    Rule(reputation.SENDER_AUTHENTICATION, words=r"""
        \b(host|server|ip|address)( address)?( <ip>)? (is )?not (allowed|permitted|authori[sz]ed|designated) to send
    """),
    # SPF, DKIM, DMARC of the sender
    Rule(reputation.SENDER_AUTHENTICATION, words=r"""
        \b(spf|dkim|dmarc|adsp|sender id|senderid)\b
        domainkeys
        sender policy framework
        unauthenticated (e-?mail|mail|sender domain)
        sender is unauthenticated
        required authentication level
        openspf
        送信ドメイン認証
        なりすまし
    """),
    Rule(reputation.SENDER_AUTHENTICATION, link=r"""
        \bopenspf\.
        p=unauthenticated
        spf\.(html|php)
        /dmarc
    """),
    # The sender, where its check borrows the recipient's words
    Rule(sender.SENDER_REJECTED, words=r"""
        sender( \w+){0,4} (verif(y|ication)|callout|check)( \w+){0,2} fail
        (could|can)(no| no)t( \w+){0,2} verify( the)? sender
        badmailfrom
        sender address rejected: (unverified|undeliverable) address
        sender address must contain
        postmaster verification
        (sender|return[- ]path|mail from)( address| domain| e-?mail)?( \w+){0,3} (black|block)[ -]?list
        null sender
        (unroutable|unrouteable) sender
    """),
    # This machine's address
    Rule(reputation.PTR_MISSING, words=r"""
        reverse[- ](dns|host|ip|look|name|map|resol|address|record)
        \bptr\b
        \brdns\b
        (?<!relaying denied\. )ip name lookup failed
        unresolvable (relay|client|sending) host
        (cannot|can't|could not|unable to) (find|resolve|verify) your (reverse )?(host ?name|address|ip|dns)
        no (reverse|ptr|host ?name|dns (name|entry|record)) (for|found|entry|record|resol|associated)
        (ip|client|host) ?(address|name)? (does not|doesn't) (resolve|have( \w+){0,2} (ptr|r?dns|reverse|name|record))
        fcrdns
        possibly forged
        (forward|reverse)( \w+){0,3} (entry|record|lookup)( \w+){0,2} (does not|doesn't|do not|not) (point|match
        |resolve)
        generic (host|reverse)
        逆引き
    """),
)

LISTED = (
    Rule(reputation.ADDRESS_BLOCKED, words=r"""
        (blocked|listed|rejected|refused|found|denied) (using|by|in|on|at|with) (the )?(\w+ ){0,3}(<?rbl|dnsbl|block
        |black|deny|spamhaus|spamcop|barracuda|sorbs|reputation)
        blocked using
        (block|black|deny)[ -]?list
        blocklisted
        \b(dns|s|x|c|p|u)?b[lw]\b.{0,30}listed
        \brbl\b
        dnsbl
        spamhaus
        spamcop
        barracuda ?(central|reputation)
        \bsorbs\b
        senderscore
        proofpoint dynamic
    """),
    Rule(reputation.ADDRESS_BLOCKED, words=r"""
        (your|client|sending|connecting|remote|source|host|the)( \w+){0,3} (ip|host|address|network|server|isp|mta
        |netblock|client)\b( \w+| <\w+>| \[[^\]]{0,60}\]){0,4}[ :,-]{1,3}(\w+ ){0,4}(blocked|banned|listed|denied|black
        |refused|rejected|blackhol\w*|poor|bad|low|reputation|prohibited)(?! recipient)
        \b(poor|bad|low|negative)( \w+){0,4} reputation
        \bip reputation
        the ip you're using
        directly to our servers
        reputation( \w+){0,4} (poor|low|bad)
        banned (sending )?ip
        \bip( address)? (is |was |has been )?(rejected|refused|blocked|denied|banned)
        (your|remote|sending|client) ?(remote ?)?(host|server|ip|address)( \w+){0,4} (spam\w*|suspicious\w*)
        dynamic(ally)?( assigned)? (ip|address|allocation|host|range|or )
        not( \w+){0,2} accept\w* (mail|e-?mails?|messages|connections?|traffic) from your
        (connections?|mail|e-?mail|messages?|traffic)( will)? ?(not|isn't|is not) (be )?(accepted|allowed
        |permitted) (from|by|for) (this|your|that|<?ip|dynamic|the)( \w+)? ?(ip|host|address|network|server|system
        |country)?
        (ip|アドレス|接続元|ホスト).{0,20}(拒否|ブロック|ブラックリスト|制限)
        接続(が|を|は).{0,6}拒否
    """),
    Rule(reputation.ADDRESS_BLOCKED, at="connect greeting", codes="5", words=r"""
        \b(blocked|banned|black-?listed)\b
        you( are|'re)? not (allowed|permitted|authori[sz]ed|welcome)
        your (access|connection)\b.{0,80} (rejected|denied|refused|blocked)
    """),
    Rule(reputation.ADDRESS_BLOCKED, codes="5", link=r"""
        tosa@(rx|ex)\.t-online\.de
    """),
    Rule(reputation.ADDRESS_BLOCKED, link=r"""
        spamhaus\.
        spamcop\.
        barracudacentral
        barracudanetworks\.com/reputation
        dnsbl
        sorbs\.net
        surriel
        /rbl
        bl\.spam
        blocklist
        abuseat\.org
        abusix\.
        uceprotect
        csi\.cloudmark
        senderscore
        sendersupport\.olc
        \bipcheck\.
    """),
)
