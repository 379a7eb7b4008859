"""Words about the form of a message, and about what stands in it."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import content
from panel.diagnosis.rules.rule import Rule

FORM = (
    # The message itself
    Rule(content.MESSAGE_MALFORMED, words=r"headers?( size)?( \w+)? (exceed|too (big|large|long))"),
    Rule(content.MESSAGE_TOO_LARGE, words=r"""
        (message|mail|e-?mail|attachment|data)s?( \w+){0,3} (is )?too (big|large|long)
        (maximum|max)( \w+){0,3} size( \w+){0,2} exceeded
        (larger|bigger) than (the )?(\w+ ){0,2}(maximum|max|limit|size|allowed)
        (message|mail|e-?mail|data|content|attachment|file|size|body)s?( \w+| \([^)]{0,40}\)){0,4} (too (big|large|long)
        |exceed\w*|larger|over|bigger|is more)\b( \w+){0,6}.{0,20}(size|limit|maximum|max|bytes|big|large|long|kb|mb
        |allowed|databytes|fixed|permitted)
        (?<!mailbox )size limit
        message file too big
        too (big|large).{0,20}(message|mail)
        (メール|メッセージ|添付).{0,12}サイズ.{0,16}(超|大き|上限|制限)
        サイズ(が|の).{0,8}(大き|超|上限)
        (メール|メッセージ)の容量
    """),
    Rule(content.MESSAGE_MALFORMED, words=r"""
        bare (lf|cr|<)
        (lone|stray|bare) (cr|lf|line ?feed|newline)
        (line|header)s?( \w+){0,3} (too long|longer|exceed)
        line length
        (two|2|three|3|second|another) ('?\"?(from|date|to|cc|subject|sender|message-id)'?\"?:? )headers?
        (duplicate|multiple|more than one|several|missing|invalid|malformed|bad|illegal|no|lacks?|without|ambiguous
        |required)( a| an| the| valid| of)?( valid)? ('?\"?(from|date|to|cc|subject|sender|message-id
        |mime\S*)'?\"?:? )?(header|mime|rfc ?-?\d?822|content-type|encoding|from:)
    """),
    Rule(content.MESSAGE_MALFORMED, at="data", words=r"""
        (not|isn't|non)[ -]?(rfc[ -]?\d*[ -]?)?(compliant|conform\w*)
        rfc ?-?(2822|5322|822)
        8-?bit (data|char\w*|header)
        non-ascii
        header (field )?(error|syntax|violat|\w+ (missing|duplicat))
        (from|date|message-id|to|subject):? (header )?(is |was )?(missing|duplicated?)
        (nul|null) (char|byte|octet)
        improper(ly)? (use of 8|format)
        malformed
        mime error
        bad mime
        smtputf8
    """),
    Rule(content.MESSAGE_MALFORMED, at="data", words=r"""
        ヘッダー?.{0,16}(不正|誤り|長|重複|ありません)
        (形式|書式).{0,8}(不正|誤り)
    """),
    # qmail's word for a bare line feed
    Rule(content.MESSAGE_MALFORMED, link=r"/smtplf\.html"),
)

JUDGED = (
    # Judged by content
    Rule(content.CONTENT_REJECTED, at="data", codes="5", words=r"""
        \bspam\w*
        \bjunk
        virus
        malware
        malicious
        phish
        unsolicited
        \buce\b
        \bube\b
        trojan
        infected
        worm\b
        bulk mail
        (content|message|mail|attachment|body|subject|url|link|file)s?( \w+| <\w+>){0,5} (reject\w*|denied|refused
        |blocked|banned|prohibited|disallowed|suspicious|forbidden|objectionable|discard\w*|harmful|not (accept\w*
        |allowed|permitted))( \w+){0,3}( content| polic| filter| attachment| scan| spam| reason| rule| security|$)
        (banned|blocked|forbidden|prohibited|dangerous|executable|illegal|suspicious|inappropriate
        |restricted)( \w+){0,2} (content|attachment|file|extension|word|url|link|type)
        content (filter|reject|violat|polic|denied|block)
        \bbanned\b
        attachments?( \w+| \.\w+){0,4} (not|never) (accepted|allowed|permitted)
        message content
        (polic\w+|filter)( \w+){0,3} (reject|violat|reason|restrict|block)
        (迷惑メール|スパム|ウ[イィ]ルス|不正な添付|禁止.{0,8}添付|コンテンツ)
    """),
    Rule(content.CONTENT_REJECTED, words=r"""
        (classified|detected|identified|flagged|judged|considered|recogni[sz]ed|marked|looks like|appears to be
        |rejected) (as |to be |for |because )?(\w+ ){0,3}(spam|junk|virus|malware|phish\w*|unsolicited)
        contains( a)? (virus|malware|spam)
        (spam|virus|malware) (message|content|mail|detected|found|rejected|filter)
        迷惑メール
        ウ[イィ]ルス
    """),
)
