"""What sort of sender stands behind a mail, and whether anything automatic may answer it (RFC 3834).

Each sign is one function that returns the reason it saw, or ''. The tables at the end say what a sign means; the first
table that has one decides.
"""

import re
from collections.abc import Callable

from msgspec import Struct

from channels.base import Kind
from channels.email.headers import Headers
from channels.email.settings import ParseSettings
from channels.email.vacation import is_vacation_subject


class Facts(Struct, frozen=True, kw_only=True):
    """What the signs are read from. `sender` is the From address, `type` and `parameters` the root's Content-Type.

    `text` is the beginning of the running text. `null_envelope` tells that the envelope sender was empty; `is_report`
    that a delivery report is in the mail.
    """

    headers: Headers
    settings: ParseSettings
    sender: str = ""
    subject: str = ""
    message_id: str = ""
    type: str = ""
    parameters: dict[str, str] = {}
    text: str = ""
    null_envelope: bool = False
    is_report: bool = False


class Origin(Struct, frozen=True):
    """The verdict: `quiet` forbids any automatic answer, `reasons` names the signs, the deciding one first."""

    kind: Kind
    quiet: bool
    reasons: tuple[str, ...]


Sign = Callable[[Facts], str]

# ------------------------------------------------------------------------------------------ loops


def own_loop_header(facts: Facts) -> str:
    """E08: our own mark, with our own name; another desk's is none of our loops."""
    own = facts.settings.own_loop_name.lower()
    marks = [value.strip().lower() for value in facts.headers.all("x-firstline-loop")]
    return "own-loop-header" if own and own in marks else ""


def own_bulk_mail(facts: Facts) -> str:
    """E09: an id that our composer makes, at a domain of ours, on bulk mail: one of our notices has come back."""
    return "own-message-id" if has_own_id(facts) and "bulk" in _precedence(facts.headers) else ""


# ------------------------------------------------------------------------------------------ bounces


def delivery_report(facts: Facts) -> str:
    """E20 and RFC 3464: multipart/report about delivery. A mere file name says nothing (E26)."""
    report_type = facts.parameters.get("report-type", "").lower()
    declared = facts.type == "multipart/report" and report_type in ("delivery-status", "global-delivery-status")
    return "delivery-report" if declared or facts.is_report else ""


def failed_recipients(facts: Facts) -> str:
    """E21: the header in which Exim and Gmail name whom they could not reach."""
    return "x-failed-recipients" if any("@" in value for value in facts.headers.all("x-failed-recipients")) else ""


_DAEMON = re.compile(r"(?:mailer[-_.]?daemon|postmaster|mail-?daemon|mdaemon)(?:[+@]|$)|<?>?$", re.IGNORECASE)
_DMARC_REPORT = re.compile(r"\s*report domain:", re.IGNORECASE)


def mail_system_sender(facts: Facts) -> str:
    """E19: From is the mail system itself, or an empty address."""
    if not facts.sender and not facts.headers.all("from"):
        return ""
    named = _DAEMON.match(facts.sender) and not _DMARC_REPORT.match(facts.subject)
    return "mail-system-sender" if named else ""


def null_sender(facts: Facts) -> str:
    """E18: `Return-Path: <>`, or an empty envelope sender."""
    return "null-sender" if _is_null(facts) else ""


_BOUNCE_SUBJECT = re.compile(
    r"""\s*(?:\W{0,3}(?:spam|external|extern)\W{1,3}\s*)?(?:
      delivery\ (?:failure|status)(?=\s*(?:$|[:(/!-]|notification|report|notice|message))
    | delivery\ (?:has\ failed|notification:)
    | mail\ delivery\ (?:failed|failure|sub-?system)(?=\s*(?:$|[:(.!-]|report|notification|notice))
    | mail\ system\ error\b | mail\ not\ delivered:
    | undeliver(?:able|ed)\ ?(?::|mail\b.*return|message\b.*return|$) | undeliver(?:able|ed)\ mail\s*$
    | delivery\ delayed: | zustellung\ verzögert: | remise\ retardée\ ?: | recapito\ ritardato:
    | non[- ]delivery\ (?:notification|report|notice) | failure\ notice\s*$
    | returned\ mail\s*(?:$|:) | returned\ to\ sender\s*(?:$|:)
    | warning:\ could\ not\ send | warning:\ message\ \S+\ delayed
    | (?:nicht\ zustellbar|unzustellbar)\ ?: | unzustellbare\ (?:nachricht|mail|e-mail)
    | benachrichtigung\ (?:zum|über\ den)\ (?:übermittlungs|zustell)ungs?status | zustellung\ fehlgeschlagen
    | non\ remis\ ?: | (?:échec|echec)\ de\ (?:la\ )?remise
    | notification\ d['’](?:état|échec)\ de\ (?:remise|distribution)
    | non\ recapitabile\ ?: | mancato\ recapito | notifica\ di\ (?:mancat|stato\ (?:del\ )?recapito)
    | no\ se\ puede\ entregar\ ?: | notificaci[oó]n\ de\ (?:estado|error)\ de\ entrega
    | não\ é\ possível\ entregar\ ?: | não\ entregue\ ?: | niedostarczone\ ?: | niedostarczalne\ ?:
    | nie\ można\ dostarczyć\ ?:
    | onbestelbaar\ ?: | kan\ ikke\ leveres\ ?: | ikke\ leveret\ ?: | olevererbart?\ ?: | kan\ inte\ levereras\ ?:
    | kan\ ikke\ levere\ ?: | nedoručiteln[éá]\ ?: | kézbesíthetetlen\ ?: | nelivrabil\ ?: | teslim\ edilemedi\ ?:
    | (?:не\ ?доставлено|недоставлено|невозможно\ доставить)\ ?: | 配信不能 | 退信 | 系统退信
    | 无法送达 | 未传递 | 無法傳遞 | 배달되지\ 않음
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_DELIVERY_WORDS = re.compile(
    r"deliver|undeliver|returned|bounce|failure|failed|rejected|blocked|zustell|remise|distribu|recapit|consegn"
    r"|entreg|dostarc|bezorg"
    r"|lever|достав|配信|退信",
    re.IGNORECASE,
)
_FAILURE_TEXT = re.compile(
    r"(?:could not|couldn['’]t|can(?:no|['’])t|cannot|was not|wasn['’]t|not|unable to|wasn['’]t able to"
    r"|not able to|failed to) (?:be )?deliver"
    r"|undeliverable|delivery (?:to the following|has failed|failed|attempts?)|did not reach the following"
    r"|returned to (?:the )?sender"
    r"|failed permanently|permanent(?:ly)? (?:fatal )?(?:errors?|fail)|message (?:was|has been) (?:rejected"
    r"|blocked|delayed)"
    r"|unzustellbar|nicht (?:zugestellt|zustellbar)|zustellung .{0,40}fehlgeschlagen|n['’]a pas pu être"
    r"|n['’]ont pas pu|non remis"
    r"|non (?:è stato possibile|è stata? (?:recapitat|consegnat))|no se (?:pudo|ha podido|puede) entregar"
    r"|nie można (?:było )?dostarczyć"
    r"|nie została dostarczona|ikke leveres|inte levereras|niet (?:worden )?(?:bezorgd|afgeleverd)|não (?:pôde"
    r"|foi possível)"
    r"|не (?:может быть|было|удалось|доставлено)|配信できません|无法(?:送达|投递)|退回",
    re.IGNORECASE,
)
_ERROR_CODE = re.compile(r"(?<![\d.])(?:[45]\.\d{1,2}\.\d{1,3}|5[0-5]\d)(?![\d.])")


def bounce_subject(facts: Facts) -> str:
    """E22: the subject begins as those of delivery failures do, in the languages mail servers speak."""
    return "bounce-subject" if _BOUNCE_SUBJECT.match(facts.subject) else ""


def failure_text(facts: Facts) -> str:
    """The words of a delivery failure: they count from the null sender, or from a machine with an error code.

    Without those it is a person who writes that a mail did not arrive.
    """
    told = machine_sender(facts) and _DELIVERY_WORDS.search(facts.subject) and _ERROR_CODE.search(facts.text)
    return "failure-text" if (told or _is_null(facts)) and _FAILURE_TEXT.search(facts.text) else ""


# ------------------------------------------------------------------------------------------ machines

_NOT_AUTOMATIC = re.compile(r"\s*(?:\([^)]*\)\s*)*no\b", re.IGNORECASE)


def auto_submitted(facts: Facts) -> str:
    """E01, E13 and RFC 3834 section 5: any value but `no`, with or without parameters and comments."""
    values = [value for value in facts.headers.all("auto-submitted") if value]
    return "auto-submitted" if any(not _NOT_AUTOMATIC.match(value) for value in values) else ""


def auto_replied(facts: Facts) -> str:
    """An answering machine, which may use the null sender without being a bounce (RFC 3834 section 3.3)."""
    values = " ".join(facts.headers.all("auto-submitted")).lower()
    return "auto-replied" if "auto-replied" in values else ""


_BULK = frozenset(("bulk", "junk", "list", "auto_reply", "auto-reply"))


def precedence(facts: Facts) -> str:
    """E02: any Precedence field that says so, unless a discussion list wrote it: people speak there."""
    return "precedence" if _BULK & _precedence(facts.headers) and not is_discussion(facts.headers) else ""


_ANSWERING_MACHINE = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-autoresponse", "x-mail-autoreply", "x-autoreply-from",
    "x-autogenerated", "x-auto-reply", "x-auto-reply-from", "x-autoreply-domain", "x-vacation", "x-autoresponder-from",
)  # fmt: skip


def answering_machine_header(facts: Facts) -> str:
    """E04: the many headers of answering machines."""
    if not facts.headers.first_of(_ANSWERING_MACHINE):
        return ""
    said = (name for name in _ANSWERING_MACHINE if name in facts.headers)
    return next((name for name in said if facts.headers.get(name).lower() not in ("no", "false", "0")), "")


_SYSTEMS = (
    "x-cron-env", "x-github-reason", "x-github-sender", "x-github-event", "x-gitlab-project", "x-jira-fingerprint",
    "x-bugzilla-type", "x-bugzilla-reason", "x-redmine-project", "x-redmine-host", "x-gerrit-messagetype",
    "x-trac-project",
    "x-launchpad-message-rationale", "x-launchpad-bug", "x-phabricator-sent-this-message", "x-nagios-notification",
    "x-zabbix", "x-sentry-project", "x-pagerduty", "x-linkedin-template", "x-facebook", "x-facebook-notify",
    "x-twitteremailid", "x-ebay-mailtracker", "x-amazon-metadata", "x-calendar-notification", "x-trello-notification",
    "x-atlassian-mail-message-id", "x-google-id", "x-microsoft-auto-generated", "x-notification-category",
    "x-notifications", "x-discourse-topic-id", "x-mantisbt", "x-travis-build", "x-ms-exchange-generated-message-source",
)  # fmt: skip


def system_header(facts: Facts) -> str:
    """E05: systems that mark their own notifications."""
    headers = facts.headers
    if headers.get("x-fc-machinegenerated").lower() == "true":
        return "x-fc-machinegenerated"
    if headers.get("x-amazon-mail-relay-type").lower() == "notification":
        return "x-amazon-mail-relay-type"
    if any(value.strip("<> ").lower() == "autoresponder" for value in headers.all("delivered-to")):
        return "delivered-to-autoresponder"
    return headers.first_of(_SYSTEMS)


def out_of_office(facts: Facts) -> str:
    """E12: an Exchange inbox rule that suppresses every answer is the out-of-office one; the rule alone is a person."""
    suppressed = "all" in _suppressed(facts.headers) and "x-ms-exchange-inbox-rules-loop" in facts.headers
    return "exchange-out-of-office" if suppressed else ""


def vacation_subject(facts: Facts) -> str:
    """E14: the subject of an out-of-office reply, in the language of the one who is away."""
    return "vacation-subject" if is_vacation_subject(facts.subject) else ""


_ACKNOWLEDGEMENT = re.compile(
    r"\s*\[(?:request received|ticket (?:received|created)|case (?:received|created)|anfrage (?:erhalten|eingegangen)"
    r"|demande reçue|richiesta ricevuta|solicitud recibida|solicitação recebida|aanvraag ontvangen|anmodning modtaget"
    r"|otrzymano (?:zgłoszenie|wiadomość)|zgłoszenie otrzymane|begäran mottagen)\]"
    r"|\s*(?:automatische )?(?:eingangs|empfangs)bestätigung\s*(?::|$)|\s*we(?: have|['’]ve) received your"
    r" (?:request|message|e-?mail|enquiry|inquiry|ticket)\b|\s*(?:ihre|deine) anfrage\b.{0,60}\b(?:ist eingegangen"
    r"|wurde empfangen|erhalten)\s*$|.{0,150}\((?:auto-?reply|automatic reply|automatische antwort)\)\s*$",
    re.IGNORECASE,
)


def acknowledgement_subject(facts: Facts) -> str:
    """Another help desk that says it received a request, by a subject that people do not write."""
    return "acknowledgement-subject" if _ACKNOWLEDGEMENT.match(facts.subject) else ""


def machine_report(facts: Facts) -> str:
    """Read receipts (RFC 8098), abuse reports (RFC 5965) and TLS reports: written by programs, and no bounces."""
    report_type = facts.parameters.get("report-type", "").lower()
    known = report_type in ("disposition-notification", "feedback-report", "tlsrpt")
    return "report:" + report_type if known and facts.type == "multipart/report" else ""


_NOT = "no|not|do[-_.]?not|dont|ne[-_.]?pas|nao|non|nicht|keine?|inte|ikke|niet|nie"
_REPLY = (
    "reply|replies|respond|responda|responder|repondre|rispondere|antworten|antwort|svara|svar|besvar|beantwoorden"
    "|odpowiadaj|odpisuj"
)
_ROBOTS = (
    "notifications?|notifiche|notify|notifier|benachrichtigung(?:en)?|powiadomienia|alerts?|autoresponder|auto-?reply"
    "|auto-?responder|bounces?|mailer|daemon|cron|newsletters?|robot|mailbot|bugzilla-daemon|jenkins|nagios|zabbix|icinga"
    "|monitoring|system-?mail|account-update|auto-confirm|order-update|shipment-tracking|nobody|www-data|apache"
)
_MACHINE_SENDER = re.compile(
    rf"(?:[^@]*\b(?:{_NOT})[-_.]?(?:{_REPLY})|[^@]*no[-_.]?reply|[^@]*do[-_.]?not[-_.]?reply"
    rf"|(?:[^@]*[-_.+])?(?:{_ROBOTS}))(?:[+@]|$)",
    re.IGNORECASE,
)


def machine_sender(facts: Facts) -> str:
    """A sender that names itself a machine: no-reply@, notifications@, cron@ and their like."""
    return "machine-sender" if _MACHINE_SENDER.match(facts.sender) else ""


_MASS_MAILERS = (
    "feedback-id", "x-feedback-id", "x-sg-eid", "x-sg-id", "x-mc-user", "x-mandrill-user", "x-campaign", "x-campaignid",
    "x-campaign-id", "x-mailchimp", "x-csa-complaints", "x-rpcampaign", "x-rp-campaign", "x-ses-outgoing", "x-mj-mid",
    "x-mailjet-campaign", "x-sfmc-stack", "x-job", "x-mailgun-sid", "x-mailgun-variables", "x-mailgun-tag",
    "x-mailgun-sending-ip", "x-pm-message-id", "x-msfbl", "x-mailer-recptid", "x-mailerlite", "x-newsletter",
    "x-mailing-id", "x-emarsys-identify", "x-sib-id", "x-mailin-eid", "x-mailin-campaign", "x-cmail-id", "x-etracker",
    "x-mailer-lid", "x-mailer-sid", "x-maillist-id", "x-list-unsubscribe", "x-unsubscribe-web", "x-delivery-context",
    "x-klaviyo-message-id", "x-hs-cid", "x-iterable-campaign", "x-kmail-account", "x-ac-campaign", "x-auto-generated",
    "x-smtpapi", "x-elqpod", "x-responsys", "x-acs-mail", "x-mailup", "x-dmt-id", "x-eopattributedmessage-bulk",
)  # fmt: skip


def mass_mail_header(facts: Facts) -> str:
    """The headers that senders of newsletters and notifications add on behalf of their customers."""
    if is_discussion(facts.headers):
        return ""
    return facts.headers.first_of(_MASS_MAILERS)


def unsubscribe_header(facts: Facts) -> str:
    """List-Unsubscribe without a list that one could write to: marketing, not a discussion (RFC 2369, RFC 8058)."""
    headers = facts.headers
    marketing = "list-unsubscribe-post" in headers or "list-unsubscribe" in headers
    return "list-unsubscribe" if marketing and not is_discussion(headers) else ""


def from_own_address(facts: Facts) -> str:
    """E11: From is one of our mailboxes: a copying machine, a colleague, or a forger. Kept, but nobody is answered.

    It is no loop: our own mail carries the loop header, and a loop would be dropped.
    """
    return "from-own-address" if facts.sender and facts.settings.is_ours(facts.sender) else ""


# ------------------------------------------------------------------------------------------ people, not to be answered


def list_header(facts: Facts) -> str:
    """E06: anything that came through a list: an automatic answer would go to all of it or to its robot."""
    headers = facts.headers
    through_list = "list-id" in headers or "list-unsubscribe" in headers or "list-post" in headers
    return "mailing-list" if through_list or is_discussion(headers) or _BULK & _precedence(headers) else ""


def answers_suppressed(facts: Facts) -> str:
    """E03: X-Auto-Response-Suppress is a list of words; any that means automatic replies."""
    wanted = _suppressed(facts.headers) & {"all", "oof", "autoreply"}
    return "answers-suppressed" if wanted else ""


def loop_mark(facts: Facts) -> str:
    """E07 `X-Loop: yes`; and E08 the mark of another desk like this one, which may answer by itself as well."""
    if any(value.lower() in ("yes", "true") for value in facts.headers.all("x-loop")):
        return "x-loop"
    return "other-desk" if "x-firstline-loop" in facts.headers else ""


def own_id(facts: Facts) -> str:
    """E09, E10: an id of our own making on mail that is not bulk. Whether it is really ours the signature tells."""
    return "own-message-id" if has_own_id(facts) else ""


_NEVER_ANSWERED = re.compile(
    r"[^@]*(?:mailer-daemon|postmaster|no-?reply)|(?:abuse|root)(?:[+@]|$)|[^@]*-request@|owner-", re.IGNORECASE
)


def never_answered(facts: Facts) -> str:
    """E16 and RFC 3834 section 2: addresses that must not get automatic mail."""
    return "never-answered-sender" if not facts.sender or _NEVER_ANSWERED.match(facts.sender) else ""


# ------------------------------------------------------------------------------------------ what several signs need


def _precedence(headers: Headers) -> set[str]:
    return {value.partition(";")[0].partition("(")[0].strip().lower() for value in headers.all("precedence")}


def _suppressed(headers: Headers) -> set[str]:
    return set(re.split(r"[\s,;]+", " ".join(headers.all("x-auto-response-suppress")).lower()))


def _is_null(facts: Facts) -> bool:
    paths = facts.headers.all("return-path")
    return facts.null_envelope or bool(paths and paths[0].replace(" ", "").upper() in ("<>", "<MAILER-DAEMON>"))


def has_own_id(facts: Facts) -> bool:
    local, _, domain = facts.message_id.rpartition("@")
    own = {address.rpartition("@")[2].lower() for address in facts.settings.addresses}
    return local.startswith("fl.") and domain.lower() in own


_DISCUSSION = (
    "x-mailman-version", "x-beenthere", "mailing-list", "x-mailing-list", "x-google-group-id", "x-listserver",
    "x-ml-name", "x-mlserver", "x-sympa-to", "x-yahoo-groups", "x-egroups-return", "x-ezmlm", "x-list-host",
    "x-list-software",
)  # fmt: skip
_LIST_SENDER = re.compile(r"<?(?:owner-|[^@]+-(?:bounces|owner|admin|request)(?:\+[^@]*)?@)", re.IGNORECASE)


def is_discussion(headers: Headers) -> bool:
    """Whether a list that people write to passed this on (RFC 2369 section 3.4, and the marks of list servers)."""
    post = headers.get("list-post")
    if post:
        return not post.strip().lower().startswith("no")
    return bool(headers.first_of(_DISCUSSION)) or bool(_LIST_SENDER.match(headers.get("sender")))


# ------------------------------------------------------------------------------------------ the verdict

LOOP: tuple[Sign, ...] = (own_loop_header, own_bulk_mail)
CERTAIN_BOUNCE: tuple[Sign, ...] = (delivery_report, failed_recipients)
REPORT: tuple[Sign, ...] = (machine_report,)
BOUNCE: tuple[Sign, ...] = (mail_system_sender, bounce_subject)
ANSWERING_MACHINE: tuple[Sign, ...] = (auto_replied, out_of_office, answering_machine_header, vacation_subject)
LIKELY_BOUNCE: tuple[Sign, ...] = (failure_text,)
MACHINE: tuple[Sign, ...] = (
    auto_submitted,
    precedence,
    system_header,
    machine_sender,
    mass_mail_header,
    unsubscribe_header,
    acknowledgement_subject,
    from_own_address,
)
NULL_SENDER: tuple[Sign, ...] = (null_sender,)
QUIET: tuple[Sign, ...] = (list_header, answers_suppressed, loop_mark, own_id, never_answered)

VERDICTS: tuple[tuple[Kind, tuple[Sign, ...]], ...] = (
    (Kind.LOOP, LOOP),
    (Kind.BOUNCE, CERTAIN_BOUNCE),
    (Kind.MACHINE, REPORT),
    (Kind.BOUNCE, BOUNCE),
    (Kind.MACHINE, ANSWERING_MACHINE),
    (Kind.BOUNCE, LIKELY_BOUNCE),
    (Kind.MACHINE, MACHINE),
    (Kind.BOUNCE, NULL_SENDER),
)


def judge(facts: Facts) -> Origin:
    """The kind of sender and whether automatic answers are forbidden, with every sign that says so."""
    for kind, signs in VERDICTS:
        if reasons := _seen(signs, facts):
            return Origin(kind, quiet=True, reasons=tuple(dict.fromkeys(reasons + _seen(QUIET, facts))))
    reasons = _seen(QUIET, facts)
    return Origin(Kind.HUMAN, quiet=bool(reasons), reasons=tuple(reasons))


def _seen(signs: tuple[Sign, ...], facts: Facts) -> list[str]:
    return [reason for sign in signs if (reason := sign(facts))]
