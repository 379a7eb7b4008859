"""Words about the recipient: full, unknown domain, unknown mailbox, then any other refusal."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import recipient, sender, unclear
from panel.diagnosis.rules.rule import Rule

RECIPIENT = (
    Rule(unclear.SERVER_PERMANENT, at="data", codes="503 554", words=r"no valid recipients"),
    Rule(unclear.SERVER_TEMPORARY, at="rcpt data", codes="4", words=r"""
        (mailbox|address|recipient|user|account)( \w+){0,3} (temporarily )?(unavailable|busy|locked|in use)
    """),
    Rule(unclear.SERVER_TEMPORARY, at="rcpt", codes="4", words=r"unverified address"),
    Rule(recipient.TOO_MANY_RECIPIENTS, at="rcpt data", enhanced="X.5.3", words=r"recipient|rcpt"),
    Rule(recipient.RECIPIENT_REJECTED, at="rcpt", enhanced="5.1.3"),
    Rule(recipient.RECIPIENT_UNKNOWN, at="rcpt", enhanced="5.1.1", words=r"bad (destination )?(mailbox )?address"),
    # Recipients: full, unknown domain, unknown mailbox, then any other refusal
    Rule(recipient.RECIPIENT_MAILBOX_FULL, at="rcpt data", words=r"""
        (mailbox|mail box|inbox|account|recipient|user|folder|maildir|mail ?drop|storage|quota
        |disk)('?s)?( \w+| <\w+>){0,6} (is |are )?(already )?(full|over ?-?quota
        |over (the |its )?(storage |disk )?(quota|limit|allocation)|exceed\w*|out of (storage|space|disk)|no (space
        |room)|too full|above quota|has no space|insufficient (space|storage))
        mailbox_full
        (mailbox|inbox) (size |storage |space )?limit
        (exceed\w*|over|out of|insufficient|not enough|lack of) (the |its |their |his |your )?(\w+ ){0,3}(mailbox|inbox
        |storage|quota|disk|mail ?dir)( space| allocation| quota| size| limit)?
        over ?quota
        (メールボックス|受信箱|容量|受信トレイ|メール保存).{0,24}(いっぱい|一杯|満杯|満了|超|不足|オーバー|上限|空き)
        空き(容量|領域)
        容量オーバー
        信箱.{0,4}满
    """),
    Rule(recipient.RECIPIENT_DOMAIN, at="rcpt", words=r"""
        \b(domain|host|mx|mail server|mail exchanger)\b( \w+| <\w+>| for){0,5} ((unknown|not found|does ?n[o']t exist
        |doesn't exist|do not exist|not exist|no such|non-?existent|nonexistent)|does not (resolve|accept)
        |doesn't (resolve|accept)|not (resolv\w*|valid|routable|reachable)|un(known|routable|reachable|resolvable)
        |invalid|null mx|could not be (found|resolved|reached)|point to|lookup fail\w*)
        (unknown|no such|invalid|bad|non-?existent|illegal|unresolvable|unrouteable|unroutable|no (route|mx|mail server
        |mail exchanger|dns|a record)( \w+){0,2})( \w+){0,2} (domain|host|address|mx|destination|record)
        unrouteable
        unroutable
        nullmx
        null mx
        name service error
        host unknown
        (find|locate|resolve) (the |your )?(recipient|destination)('s)? domain
        domain not found
        host not found
        (cannot|can't|unable to|could not) (find|resolve|route|lookup)( \w+){0,4} (domain|host|mx|to|address)
        need fully-qualified
        reserved by rfc 2606
        host ?name required
        domain name required
        (宛先)?ドメイン.{0,20}(存在しま|見つかり|不明|ありません|誤り)
    """),
    Rule(recipient.RECIPIENT_UNKNOWN, at="rcpt data", words=r"""
        (user|mailbox|recipient|account|address|addressee|alias|mail ?box|person|subscriber|inbox|name|customer|member
        |destination|(?<!val)id|uid|rcpt)s?'?( \w+| <\w+>|:|\.\.\.|,|\(|\)|;|'|\"|=|-|/){0,8} ?((unknown|not found
        |does ?n[o']t exist|do\w{0,2}n'?t exist|do not exist|not exist|no such|non-?existent|nonexistent)|unavailable
        |disabled|inactive|invalid|suspended|closed|deactivated|terminated|expired|frozen|locked|not (present|listed
        |valid|known|active|here|local|available|recogni[sz]ed|a valid|hosted|our customer|been found)|no longer
        |has moved|isn't (here|known)|is not (a |an )?(valid|known|active|local|our)|undeliverable|discontinued)
    """),
    Rule(recipient.RECIPIENT_UNKNOWN, at="rcpt data", words=r"""
        (unknown|no such|invalid|bad|non-?existent|unrecogni[sz]ed|illegal|undeliverable|inactive|not a (valid|known)|no
        |disabled|unable to find|could not find|can(no|')t find)( \w+| <\w+>|'|\"){0,3} (user|mailbox|recipient|account
        |address|person|alias|addressee|mail ?box|rcpt|inbox|subscriber|customer|login)
        recipient ?not ?found
        not our customer
        not (listed|found|present)( \w+){0,2} (directory|address book|name list|table)
        recipient verif\w+( \w+){0,3} fail
        no mailbox (here|by)
        bad ?rcpt ?to
        bad ?recipient
        valid ?rcpt ?to
        missing home directory
        user ?unknown
        (can't|cannot|can not) accept user
        (宛先|受信者|ユーザー?|メールアドレス|アドレス|アカウント).{0,30}(存在しま|存在しな|見つかりま|不明|ありません
        |該当|不正|無効|誤り|解約|使われて|使用されて|登録され|登録がな|廃止|削除され|変更され)
        宛先不明
        (用户|收件人|邮箱).{0,8}(不存在|无效)
    """),
)

OTHER = (
    # a 4yz may be lifted: it must not fail the message
    Rule(recipient.RECIPIENT_REJECTED, at="rcpt data", codes="5", words=r"""
        (recipient|rcpt|mailbox|user|group|list|account|address)s?( \w+| <\w+>|:){0,6} (reject\w*|denied|refused
        |not accept\w*|does not accept|doesn't accept|doesn't want|only accept\w*|restricted|not permitted|not allowed
        |blocked|prohibited|suppressed|unsubscribed)
        (not|n't)( \w+){0,4} (recipient|group|mailing list|distribution list|list)
        suppression
        only (list )?(members|subscribers|owners)
        (receiver|recipient|addressee)( \w+){0,2} (denied|refused|rejected|declined|blocked)
        closed (system|group|list|mailing)
        characters in (the )?(address|local)
        recipient address must contain
        (recipient|user|addressee) (has )?blocked
        (recipient|user|addressee|mailbox owner)( \w+){0,2} (refuses|declines|rejects|blocks)
        (does not|doesn't|cannot|can't|not) receive( any)? (e-?mails?|mail|messages) from
        non-?members?|members?-only
        <address>[): ]{1,3}(is )?blocked
        (rejected|refused|denied|blocked|prohibited) by( the)? (destination|recipient)
        (宛先|受信者).{0,20}(拒否|許可)
        受信(を)?拒否
        受信者側
        (指定受信|受信設定|受信フィルタ)
    """),
    Rule(sender.SENDER_REJECTED, at="mail", enhanced="X.1.7 X.1.8", words=r"""
        access denied
        not accept\w*
        reject\w*
        denied
        refused
    """),
    Rule(recipient.GREYLISTED, codes="45", words=r"""
        not yet (authori[sz]ed|allowed|permitted) to (deliver|send)
    """),
    Rule(recipient.GREYLISTED, at="rcpt", codes="450", enhanced="4.3.2", words=r"""
        service (currently |temporarily )?unavailable
    """),
    Rule(recipient.GREYLISTED, at="rcpt", codes="450 451", enhanced="4.7.1", words=r"""
        (please )?(try|retry)( again)? (later|in )
    """),
)
