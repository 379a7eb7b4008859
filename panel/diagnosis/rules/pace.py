"""Words about too much mail, too many recipients or too many sessions, and about a first meeting."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import content, pace, recipient
from panel.diagnosis.rules.rule import Rule

PACE = (
    Rule(recipient.GREYLISTED, words=r"""
        gr[ae]y-?list
        greylst
        first (time|contact|encounter).{0,40}(try|retry|later|again)
        (try|retry|later|again).{0,40}first (time|contact|encounter)
        deferred.{0,20}first (time|connection)
        (intentional|deliberate)\w* .{0,20}(defer|policy rejection|delay|temp)
        (not|never|n't)( \w+)? (seen|met|heard from) (you|this|your)( \w+){0,3} before
        (unknown|new|unfamiliar|first|unseen)( \w+)? sender[ /](and )?recipient
        (初めて|初回|未知)の?.{0,20}(送信|再送)
        triplet
        (please )?(come back|retry|try again) in \d+ ?(s|sec|min|minute|:)
        グレイ?リスト
        グレ[イー]リスティング
        グレーリスト
    """),
    # What one session may carry: a new one may be opened at once
    Rule(pace.SESSION_FULL, codes="4 5", words=r"""
        (too many(?! errors)|maximum|max|limit\w*|exceed\w*|reach\w*|enough|only|at most
        |more than|no more)\b.{0,40}\b(messages?|e?-?mails?|transactions?|deliver(y|ies)
        |envelopes?)\b.{0,30}\b(per|in|on|for|over|during|within|this|each
        |an?)[ -](\w+ ){0,3}(connection|session)\b
        \b(messages?|e?-?mails?|transactions?|deliver(y|ies)|envelopes?)\b.{0,20}\b(per|in|on|for
        |this)[ -](\w+ ){0,3}(connection|session)\b.{0,30}\b(too many|maximum|max|limit\w*|exceed\w*|reach\w*)
        (connection|session)[ -]?(message|mail|transaction)s? (limit|count|quota|maximum)
        (接続|セッション)(あたり|当たり|当り|ごと|毎|で|内)?.{0,10}(通数|メール数|送信数|件数)
    """),
    Rule(recipient.TOO_MANY_RECIPIENTS, words=r"""
        (too many|maximum|max|exceed\w*|limit\w*|number of)( \w+){0,4} (recipients?|rcpts?|rcpt to
        |addressees)\b(?!.{0,30}(per|this|in|last|past|an) ?(the )?(last |past )?\d* ?(hour|minute|day|month|second|24
        |from))(?! from)(?!.{0,20}short)
        (recipient|rcpt)s? (count|limit|number).{0,20}(exceed|reach|limit|too)
        (no more|more|not more|at most|only) (than )?\d+ (recipients|rcpts)
        宛先.{0,12}(数|件).{0,12}(多|超|上限)
    """, unless=r"\bdaily\b"),
    Rule(pace.TOO_MANY_CONNECTIONS, words=r"""
        (too many|maximum|max|limit (of|on)|exceeded( the)?( number| limit)?( of)?) (\w+ ){0,4}(connections?|sessions?
        |clients|processes)\b
        (connection|session)s? (rate |count |number )?(limit|quota|threshold).{0,20}(exceed|reach)?
        concurren\w+ .{0,30}(limit|exceed|many)
        server ports are busy
        \d+ (connections|sessions)( \w+){0,2} (open|already|active|at once)
        同時接続
        接続数
    """),
    Rule(pace.QUOTA_EXCEEDED, words=r"""
        (dai?ly|per[- ]day|/ ?day|24[ -]?h|each day|a day|today|monthly|per month|this month|within a day
        |one day).{0,60}\b(limit|quota|allow|maximum|exceed|cap|credit|volume)
    """),
    Rule(pace.QUOTA_EXCEEDED, words=r"""
        (limit|quota|maximum|exceed\w*|allowance|cap|credits?)\b.{0,80}(dai?ly|per[- ]day|/ ?day|24[ -]?h|each day|a day
        |today|monthly|per month|this month|within a day|one day)
    """),
    Rule(pace.RATE_LIMITED, words=r"""
        (1時間|1分|一時間|毎分|毎時|短時間|単位時間).{0,40}(送信|制限|上限|超|通)
        (大量|連続)(送信|の?メール).{0,30}(制限|できません|停止)
        送信(速度|間隔|頻度)
        (送信|アクセス|メール)が集中
        間隔を(あけ|空け|開け|おい|置い)
    """),
    Rule(pace.QUOTA_EXCEEDED, words=r"""
        (1日|一日|24時間|日次|本日|1か月|1ヶ月|月間|当月).{0,30}(上限|制限|超|送信)
        送信(可能)?(通)?数.{0,12}(上限|超)
        送信(数)?(の)?(上限|制限)
    """),
    Rule(pace.RATE_LIMITED, words=r"""
        (hourly|per[- ](hour|minute|second)|/ ?(h|hr|hour|min|minute|s|sec|second)\b|this hour|an hour|in \d+ (min|sec
        |hour)).{0,60}(limit|quota|allow|maximum|exceed)
        (limit|quota|max\w*|exceed\w*|allowed|many).{0,80}(hourly|per[- ](hour|minute|second)|/ ?(h|hr|hour|min|minute|s
        |sec|second)\b|this hour|an hour|in \d+ (min|sec|hour))
    """),
    Rule(pace.RATE_LIMITED, words=r"""
        exceed\w*( \w+){0,2} (hour|minute)(ly)? (limit|quota)
        \d+ (messages|mails|e-?mails|recipients)( \w+){0,3} (last|past|this|one|an) (\d+ )?(second|minute|min|hour)
        \brate[- ]?(limit|control|exceed|threshold)
        (sending|message|mail|submission|send|receiving|delivery|recipient|transfer) rate\b.{0,40}(exceed|limit|too|high
        |reached)
        (exceed\w*|maximum|max|high|unusual)( \w+){0,4} rate\b
        rate.{0,20}(is )?(too high|exceed\w*|limit)
    """),
    Rule(content.MESSAGE_TOO_LARGE, codes="552", words=r"too much( \w+)? data"),
    Rule(pace.RATE_LIMITED, words=r"""
        throttl
        too many recipients from
        (short|brief) (time|period|while|span)
        (too (much|many)(?! messages on)|excess\w*|unexpected|high|unusual) (volume of )?(e-?mails?|messages?|mails?
        |spool|traffic|volume)\b(?! size)
        too (fast|quick|rapid|frequent|often)
        (limit\w*|max\w*|only|most)( \w+){0,4} \d+( \w+){0,2} (per|in|every|within|/) ?\d* ?(second|minute|min|hour)
        slow(ing)? down
        frequency (is )?limit
        \bslower\b
        sending (too )?fast
        flood
    """),
    Rule(pace.QUOTA_EXCEEDED, at="connect greeting ehlo auth mail data", words=r"""
        (sen(d|ding|t|der)|outgoing|outbound|mail|message|messages|submission|account|user|relay)( \w+){0,2} (quota
        |limits?|allowance|credits?)\b.{0,25}(exceed\w*|reach\w*|used|exhaust\w*|full|over)(?!.{0,20}size)
        (exceed\w*|reach\w*|used up|exhausted|over) (\w+ ){0,4}(send\w*|outgoing|outbound|mail|message|messaging
        |submission|email|plan) (\w+ )?(quota|limits?|allowance|credits?)\b(?! size)
        insufficient credits?
        no (more )?credits?
        out of credits?
    """),
)
