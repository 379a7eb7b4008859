"""Words about the sender, its own mailbox, and whom the server passes mail on for."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import login, pace, recipient, sender, unclear
from panel.diagnosis.rules.rule import Rule

OWN_MAILBOX = (
    # The server's own disk, not a mailbox
    Rule(unclear.SERVER_TEMPORARY, codes="4", words=r"""
        write error
        queue file
        insufficient (system|disk) \w+(?! for)
    """),
    # A mailbox of the sender's own, and logins: the words are the same as for recipients, only the stage parts them.
    Rule(pace.SENDER_MAILBOX_FULL, words=r"""
        (sender'?s?|your) (mailbox|account|inbox).{0,40}(full|quota|over|storage)
        (差出人|送信者|送信元).{0,20}メールボックス.{0,20}(いっぱい|一杯|容量)
    """),
    Rule(pace.SENDER_MAILBOX_FULL, at="auth mail", words=r"""
        mailbox.{0,30}(is )?(full|over quota|size limit exceeded)
        out of storage
        over ?quota
    """),
)

RELAYING = (
    Rule(sender.SENDER_NOT_ALLOWED, words=r"""
        relaying (disallowed|denied|not allowed) as
        sending as( \w+| <\w+>) (is |was )?(not|denied|disallowed|forbidden)
        sender( address)?( is)? not (allowed|permitted|authori[sz]ed) to relay
        envelope[- ]from( address)?( <\w+>)?( is)? not (allowed|permitted|authori[sz]ed)
    """),
    Rule(sender.RELAY_DENIED, words=r"""
        relay\w*( \w+| \(\w+\)| <\w+>|:){0,8}[ :.,-]{1,3}(is |was |are )?(access )?(denied|not (permitted|allowed
        |authori[sz]ed)|prohibited|disallowed|disabled|refused|forbidden|rejected|restricted|prevented|failed|locked)
    """),
    Rule(sender.RELAY_DENIED, words=r"""
        (not|n't|unable|refus\w+|never|no)( \w+){0,6} (to |be )?(relay(ed|ing)?)\b
        (denied|prohibited|rejected|refused|blocked)[: ].{0,20}relay
        no relay
        (not|n't) (forward|deliver|route|send)( \w+){0,2} to (other|external|foreign|remote|outside)
        insecure( \w+)? relay
        relaying( \w+){0,3} to( \w+| <\w+>){1,3} is not
        open relay
        relay(ing)?.{0,60}(authenticat|login first|log in first)
        rcpthosts
        (cannot|can't|will not|won't|do not|don't|unable to) (deliver|accept|forward|route|gateway)( \w+){0,3} mail (for
        |to)
        not (a |one of )?(local|our|my) (domain|host)
        (do not|don't|does not|doesn't|not) (handle|accept|host|serve|relay)( any)? (e-?mails?|mail) for
        delivery is not allowed to this
        not (local|a gateway)
        unauthori[sz]ed ip
        不正?中継
        (中継|転送).{0,12}(拒否|許可|できません|禁止)
        リレー.{0,12}(拒否|許可|できません|禁止)
    """),
    # Postfix with permit_sasl_authenticated, reject: nobody logged in
    Rule(login.AUTH_REQUIRED, at="connect greeting mail rcpt data", words=r"""
        client host (rejected|denied): access denied
    """),
)

SENDER = (
    # The sender
    Rule(sender.SENDER_NOT_ALLOWED, words=r"""
        not owned by
        owned by
        send(ing)? ?as (denied|not|another)
        sendas
        send on behalf
        (not|n't|isn't|un)\s?(be |been |have )?(allowed|permitted|authori[sz]ed|entitled
        |have permissions?) (for (you )?)?(to )?(send|use|submit|mail)( \w+){0,6}
        (sender|from|mail from|return-path|envelope)\b.{0,60}(must|should|has to|needs to|does not|doesn't
        |not) (\w+ ){0,3}(match|equal|same|identical|correspond|agree|belong|verified|verif|registered|authori[sz]ed
        |confirmed|validated|approved)
    """),
    Rule(sender.SENDER_NOT_ALLOWED, words=r"""
        (sender|from)( address| domain| e-?mail)?( \w+| <\w+>){0,3} not (allowed|permitted|authori[sz]ed)
        (sender|from|envelope|e-?mail|mail)( \w+|:|'){0,5} (mismatch\w*|differs?|unverified|un-?authori[sz]ed
        |un-?registered|un-?approved)
        (unverified|unauthori[sz]ed|unregistered|unapproved|unconfigured|unvalidated|not (a )?(verified|authori[sz]ed
        |registered|confirmed|approved|valid))( \w+){0,3} (sender|from|domain|identity)
        (sender|from)( \w+){0,2} (not|must be|has to be|should be) (one|any|an address|an alias) of
        (user|account|log-?in|you) (may|can|must) ?(not|n't) (use|send)( \w+){0,4} (sender|address|from|as)\b
        (mail from|sender|from)( \w+){0,3} (not|\w+n't) (conform|correspond|comply|fit)
        (ログイン|認証|アカウント|契約).{0,16}以外の?.{0,24}送信(は|が)?でき
        (差出人|送信元|from).{0,24}(アカウント|契約).{0,16}(ものでは|では)?(ありません|ない)
        (credentials|log-?in|account|user)( \w+){0,3} (not|n't) match( \w+){0,3} (return-path|from|sender|envelope)
        sender (identity|signature)
        same (as|with) (the )?(auth|login|user|account)
        (match|equal)\w*( \w+){0,4} (auth\w*|log-?in|account|user)
        can ?(no|'|n)?t? (only )?(send|use)( \w+){0,4} (from|as|own)
        (差出人|送信元|送信者|from).{0,30}(許可|登録|一致|認証|異な|使用でき|利用でき)
    """),
    Rule(sender.SENDER_NOT_ALLOWED, at="mail data", words=r"""
        (domain|identity|(?<!sender )address)( \w+){0,2} (not|n't)( been)?( yet)? (verified|validated|confirmed)
        verify your (domain|sender|from)
    """),
    Rule(recipient.RECIPIENT_UNKNOWN, at="rcpt data", words=r"""
        (address|mailbox|account|user|recipient)( \w+){0,2} not (configured|set up|provisioned)
        recipient( address)? (verif\w+ )?(rejected|failed|fail)?.{0,30}(user|mailbox|address
        |recipient)( \w+){0,3} (unknown|not found|does ?n[o']t exist|doesn't exist|do not exist|not exist|no such
        |non-?existent|nonexistent)
    """),
    Rule(sender.SENDER_REJECTED, words=r"""
        (sender|mail from|return[- ]path|envelope from|from)('?s)?:?( \w+| <\w+>){0,5}[ :.]{1,3}(domain|host|address
        |name|mx)?( \w+){0,4} ?(does not|doesn't|not|un|no |can't|cannot|invalid|is |must|has)( \w+){0,3} ?(exist
        |resolve|found|known|valid|dns|mx|a record|syntax|fully|reject\w*|denied|refused|accept\w*|blocked|allowed)
        sender( \w+){0,4} (reject\w*|denied|refused|invalid|blocked|unknown|not found|not accept\w*|blacklisted
        |undeliverable)
        (invalid|bad|unknown|malformed|unresolvable|illegal|unacceptable|non-?existent|blocked|fake
        |forged)( \w+){0,2} (sender|return[- ]path|mail from|envelope from|originator)
        domain of sender
        (bogus|fake|forged|bad|wrong) (mail from|sender|return)
        recursive cname
        ^<address>\W+access denied
        invalid .?from.? (field|header|address)
        sender( \w+){0,2} has no\b
        sender address (could|can) ?not be verified
        \bfrom:?( header)? (domain|address)( \w+){0,2} (invalid|not valid|unknown|missing)
        (domain|host) ?name required for sender
        mail from( \w+| <\w+>){0,3} (reject|denied|refused|not)
        (差出人|送信元|送信者).{0,30}(存在|不正|無効|拒否|誤り|見つかり)
    """),
    Rule(sender.SENDER_REJECTED, at="mail", words=r"""
        (domain|host|mx|address|name|user)( \w+| <\w+>){0,4} (does not (exist|resolve)|doesn't (exist|resolve)
        |not (found|exist)|is not valid|invalid|unknown|unresolvable|syntax|fully)
        (invalid|bad|unknown|illegal|no such|unresolvable)( \w+){0,2} (domain|host|address|user|mx)
        can't find( \w+){0,3} mx
        need fully
    """),
    Rule(sender.SENDER_REJECTED, at="mail data", codes="5", words=r"dns (check|look-?up|validation)( \w+)? fail"),
)
