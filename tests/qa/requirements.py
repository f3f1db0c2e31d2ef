"""What the desk promises, by id. Each has a test that carries the id in its `covers` marker.

H rows are the practice of a help desk, E cases what mail intake must get right, `must:` what has to be shown with real
parts, `bad:` input that must end in one clear line or a safe outcome.
"""

from typing import Final

PRACTICE: Final = {
    "H1": "every contact is recorded, by mail, chat, phone or in person",
    "H2": "a ticket holds who, how to reach them, and what it is about",
    "H5": "the lowest tier first; what it cannot solve escalates, and is handed back",
    "H6": "triage: enough to decide, and answer, ask or pass on; the requester is kept informed",
    "H7": "somebody is responsible until the requester is satisfied",
    "H8": "impact and urgency set a priority, which an agent may set, and with it a time in which to answer",
    "H9": "every station of the ticket is recorded, with time and person",
    "H10": "open tickets are looked through: overdue and due first, then the oldest",
    "H11": "the requester is kept informed, in their language",
    "H12": "after the fix the desk checks with the requester; then it closes",
    "H19": "remote help with the requester's consent; a vendor is asked by mail, off the requester's thread",
    "H14": "agents see similar solved tickets",
    "H17": "agents are friendly, clear, and name themselves and the desk",
}

MAIL: Final = {f"E{number:02}" for number in range(1, 87)}
"""The cases of mail intake; E33 and E41 are policies that are off by default."""

SHOWN: Final = {
    "must:crash": "killed at any moment: nothing accepted is lost, nothing arrives twice",
    "must:disk-full": "a full disk in the middle of a group loses nothing",
    "must:database-gone": "a database that goes away loses nothing",
    "must:scenarios": "stories through a real server in front, a real sink behind",
    "must:revoked-token": "an access token revoked in mid-session costs no mail",
    "must:hierarchy": "with time assignee, lead and manager hear of a ticket, each once",
    "must:two-takers": "of two agents who take a ticket in the same moment one gets it and the other is told",
    "must:loops-stop": "two desks, an autoresponder without marks, a list with our address on it: each stops by itself",
    "must:check-online": "the desk mails itself and sees what the servers do on the way",
    "must:mailbox-cut-off": "a mailbox cut off in the middle of a literal loses and doubles nothing",
    "must:mailbox-away": "an IMAP server that goes away and comes back loses nothing",
    "must:mailbox-token-revoked": "an access token revoked in mid-session is renewed, and nothing is lost",
    "must:smtp-and-imap": "the same mail by SMTP and IMAP is one ticket",
    "must:postfix-tools": "what smtp-source brings is taken in, smtp-sink gets what is sent, however it refuses",
    "must:parse-cost": "an ordinary mail of 5 KB is read in a millisecond: `make bench` measures it",
    "must:imap-rate": "mailboxes are read at 0.9 of the rate of SMTP: `make bench` measures it",
    "must:heartbeat": "a source that is silent or away is an alarm that goes another way",
    "must:timers": "a clock starts when a condition becomes true, is cancelled when it stops being so, and rings once",
    "must:replan": "after books changed, open tickets are gone through in jobs of 500, wherever that is interrupted",
    "must:macros": "an agent says a macro's name, and its actions are done as theirs",
    "must:loops-rest": "rules, clocks and failures that feed each other stop by themselves, with one alarm",
    "must:tick-cost": "with 100,000 open tickets a tick costs what is due: `make bench` measures it",
    "must:books-change": "changed books are in force without a restart, and each event knows those it was judged by",
    "must:rules-rest": "rules come to rest, also those that feed each other",
    "must:order-of-books": "the order of the files makes no difference where no rule depends on another",
    "must:rules-cost": "500 rules judge a message of 5 KB in 5 ms, and in linear time: `make bench` measures it",
    "must:rule-examples": "the examples beside a rule are tried, and what does not come as expected is told",
    "must:default-books-documented": "the default books are a table in the docs, generated and tested against the code",
    "must:backtest-rate": "a backtest asks other books about 1,000 messages a second: `make bench` measures it",
    "must:business-time": "business time is what a reference counts minute by minute, and adding it round-trips",
    "must:sla-recomputed": "a promise recomputed from history is the same as kept step by step",
    "must:parse-total": "any bytes are parsed, in bounded time",
}

BAD_INPUT: Final = {
    "bad:unreadable-config": "the configuration cannot be read",
    "bad:unknown-key": "a key that does not exist",
    "bad:wrong-type": "a value of the wrong type",
    "bad:missing-secret": "a secret that is not there",
    "bad:rule-book": "a rule book with a mistake",
    "bad:category": "a category table with a mistake",
    "bad:unknown-medium": "an agent on a medium that is not there",
    "bad:port-in-use": "the port is taken",
    "bad:read-only-folder": "the data folder cannot be written",
    "bad:newer-schema": "the database is of a newer version",
    "bad:second-serve": "another process serves the same database",
    "bad:database-gone-at-start": "the database server is not there",
    "bad:relay-down": "the relay is away",
    "bad:relay-bounces-all": "a relay that accepts and then bounces everything",
    "bad:expired-token": "an access token, a client secret or a consent that has expired",
    "bad:relay-login": "a wrong password for the relay",
    "bad:relay-certificate": "a certificate of the relay that does not match, or that nobody vouches for",
    "bad:dkim-key": "a DKIM key that is missing or no key",
    "bad:over-size": "a mail over the limit",
    "bad:mailbox-password": "the password of a mailbox is wrong",
    "bad:mailbox-certificate": "the certificate of a mailbox's server does not match",
    "bad:mailbox-deleted": "the folder of a mailbox is gone",
    "bad:signature-image": "a signature image of 20 MB",
    "bad:mailbox-quota": "a mailbox has no room for what is to be moved in it",
    "bad:mail-over-the-limit-in-a-mailbox": "a mail over the limit lies in a mailbox",
    "bad:many-headers": "10,000 headers",
    "bad:deep-nesting": "900 nested parts",
    "bad:zip-bomb": "a zip bomb as an attachment",
    "bad:huge-line": "one enormous line",
    "bad:condition-escape": "code in a condition: attributes, calls and words that the language does not have",
    "bad:condition-raises": "a condition that cannot be worked out skips its rule, with an entry and one alarm",
    "bad:catastrophic-pattern": "a pattern that takes for ever elsewhere",
    "bad:missing-fact": "a fact that a rule asks for is missing: it is unknown",
    "bad:passing-time": "an automation that waits for something that changes as time passes",
    "bad:broken-book": "a book that does not load never replaces the running one; at the start the last good one runs",
    "bad:unknown-name": "a rule that names an agent, a team or a category that is not there",
    "bad:parser-stuck": "a payload that the parser does not come back from",
}

ALL: Final = frozenset(PRACTICE) | MAIL | frozenset(SHOWN) | frozenset(BAD_INPUT)
