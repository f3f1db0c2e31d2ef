"""The first schema.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

from bot.db import types

revision = "0001"
down_revision = None

_SHARE = """
    {row}.ticket_id * 64 + 1 + {row}.id % 63, group_concat(substr(message.text, 1, 100000), char(10)) FROM message
    WHERE message.ticket_id = {row}.ticket_id AND message.id % 63 = {row}.id % 63 AND message.kind <> 'notice'
    AND NOT EXISTS (SELECT 1 FROM ticket_words_due WHERE ticket_words_due.id = message.id) GROUP BY message.ticket_id;
"""
_OUT = "INSERT INTO ticket_words (ticket_words, rowid, words) SELECT 'delete',"
_IN = "INSERT INTO ticket_words (rowid, words) SELECT"
_OLD, _NEW = _SHARE.format(row="old"), _SHARE.format(row="new")
_DUE = "INSERT INTO ticket_words_due (id, ticket_id) VALUES (new.id, new.ticket_id);"
_DUE_ELSEWHERE = "UPDATE ticket_words_due SET ticket_id = new.ticket_id WHERE id = new.id;"
_NOT_DUE = "DELETE FROM ticket_words_due WHERE id = old.id;"
_SAID = "INSERT ON message WHEN new.kind <> 'notice'"
_REWORDED = "UPDATE OF text ON message WHEN old.kind <> 'notice' AND old.ticket_id = new.ticket_id"
_MOVED = "UPDATE OF ticket_id ON message WHEN old.kind <> 'notice' AND old.ticket_id <> new.ticket_id"
_REMOVED = "DELETE ON message WHEN old.kind <> 'notice'"
_INDEX_OF_WORDS = (
    "CREATE VIRTUAL TABLE ticket_words USING fts5(words, content='', columnsize=0, detail=none, tokenize='trigram')",
    "CREATE TABLE ticket_words_due (id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL)",
    f"CREATE TRIGGER ticket_words_1 AFTER INSERT ON ticket BEGIN {_IN} new.id * 64, new.subject; END",
    f"""CREATE TRIGGER ticket_words_2 AFTER UPDATE OF subject ON ticket WHEN old.subject <> new.subject
    BEGIN {_OUT} old.id * 64, old.subject; {_IN} new.id * 64, new.subject; END""",
    f"CREATE TRIGGER ticket_words_3 AFTER DELETE ON ticket BEGIN {_OUT} old.id * 64, old.subject; END",
    f"CREATE TRIGGER ticket_words_4 AFTER {_SAID} BEGIN {_DUE} END",
    f"CREATE TRIGGER ticket_words_5 BEFORE DELETE ON ticket_words_due BEGIN {_OUT} {_OLD} END",
    f"CREATE TRIGGER ticket_words_6 AFTER DELETE ON ticket_words_due BEGIN {_IN} {_OLD} END",
    f"CREATE TRIGGER ticket_words_7 BEFORE {_REWORDED} BEGIN {_OUT} {_OLD} END",
    f"CREATE TRIGGER ticket_words_8 AFTER {_REWORDED} BEGIN {_IN} {_OLD} END",
    f"CREATE TRIGGER ticket_words_9 BEFORE {_MOVED} BEGIN {_OUT} {_OLD} {_OUT} {_NEW} END",
    f"CREATE TRIGGER ticket_words_10 AFTER {_MOVED} BEGIN {_IN} {_OLD} {_IN} {_NEW} {_DUE_ELSEWHERE} END",
    f"CREATE TRIGGER ticket_words_11 BEFORE {_REMOVED} BEGIN {_OUT} {_OLD} END",
    f"CREATE TRIGGER ticket_words_12 AFTER {_REMOVED} BEGIN {_IN} {_OLD} {_NOT_DUE} END",
)
"""On SQLite, which tickets may hold a word: `decisions/014` says how, `bot/ticket/finding.py` asks.

A ticket has 64 rows: one for its subject, the others share its messages. A row is taken out by the words it was put in
with, and put in again with those it has then. A message in `ticket_words_due` has no part in it yet; it gets it when it
is deleted from there.
"""


def upgrade() -> None:
    """Make every table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("ticket_number")))
    op.create_table(
        "alarm",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.Column("times", types.Id, nullable=False),
        sa.Column("cleared_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alarm")),
    )
    op.create_table(
        "arrival",
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("hour", types.UtcDateTime(), nullable=False),
        sa.Column("messages", types.Id, nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "hour", name=op.f("pk_arrival")),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uses", types.Id, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "book",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_used_at", types.UtcDateTime(), nullable=False),
        sa.Column("in_force_at", types.UtcDateTime(), nullable=False),
        sa.Column("planned_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_book")),
    )
    op.create_table(
        "cursor",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("until", types.UtcDateTime(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "place", name=op.f("pk_cursor")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("lane", sa.String(length=200), nullable=False),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("attempts", types.Id, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("meta", types.Json(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("channel", "key", name=op.f("uq_inbox_channel_key")),
    )
    op.create_index(
        "ix_inbox_dead",
        "inbox",
        ["id"],
        sqlite_where=sa.text("state IN ('dead')"),
        postgresql_where=sa.text("state IN ('dead')"),
    )
    op.create_index(
        "ix_inbox_blocking",
        "inbox",
        ["lane", "id"],
        sqlite_where=sa.text("state IN ('fetching', 'early')"),
        postgresql_where=sa.text("state IN ('fetching', 'early')"),
    )
    op.create_index(
        "ix_inbox_fingerprint",
        "inbox",
        ["fingerprint"],
        sqlite_where=sa.text("fingerprint is not null"),
        postgresql_where=sa.text("fingerprint is not null"),
    )
    op.create_index(
        "ix_inbox_lane",
        "inbox",
        ["lane", "id"],
        sqlite_where=sa.text("state IN ('new')"),
        postgresql_where=sa.text("state IN ('new')"),
    )
    op.create_index(
        "ix_inbox_new",
        "inbox",
        ["id"],
        sqlite_where=sa.text("state IN ('new')"),
        postgresql_where=sa.text("state IN ('new')"),
    )
    op.create_index(
        "ix_inbox_quarantine",
        "inbox",
        ["id"],
        sqlite_where=sa.text("state IN ('quarantine')"),
        postgresql_where=sa.text("state IN ('quarantine')"),
    )
    op.create_table(
        "person",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("manager_id", types.Id, nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("zone", sa.String(length=60), nullable=True),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("handle", sa.String(length=60), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("away_until", types.UtcDateTime(), nullable=True),
        sa.Column("assigned_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_person_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("handle", name=op.f("uq_person_handle")),
    )
    op.create_table(
        "projection",
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("version", types.Id, nullable=False),
        sa.Column("shown", types.Id, nullable=False),
        sa.Column("outgoing", sa.LargeBinary(), nullable=False),
        sa.Column("place", types.Json(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_projection")),
    )
    op.create_table(
        "asset",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("person_id", types.Id, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_asset_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("number", name=op.f("uq_asset_number")),
    )
    op.create_table(
        "identity",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("person_id", types.Id, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("undeliverable_until", types.UtcDateTime(), nullable=True),
        sa.Column("blocked_at", types.UtcDateTime(), nullable=True),
        sa.Column("declined_at", types.UtcDateTime(), nullable=True),
        sa.Column("agent_role", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_identity_channel_address")),
    )
    op.create_index(op.f("ix_identity_person_id"), "identity", ["person_id"])
    op.create_index(
        "ix_identity_by_role",
        "identity",
        ["id"],
        sqlite_where=sa.text("agent_role is not null"),
        postgresql_where=sa.text("agent_role is not null"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("impact", sa.String(length=10), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("tier", types.Id, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("requester_id", types.Id, nullable=False),
        sa.Column("owner_id", types.Id, nullable=False),
        sa.Column("assignee_id", types.Id, nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("last_word", sa.String(length=10), nullable=False),
        sa.Column("reopened", types.Id, nullable=False),
        sa.Column("priority_by_hand", sa.Boolean(), nullable=False),
        sa.Column("priority_by_rule", sa.Boolean(), nullable=False),
        sa.Column("escalated", types.Id, nullable=False),
        sa.Column("asset_id", types.Id, nullable=True),
        sa.Column("fields", types.Json(), nullable=False),
        sa.Column("fields_asked_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("answer_by", types.UtcDateTime(), nullable=True),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("solved_at", types.UtcDateTime(), nullable=True),
        sa.Column("wake_at", types.UtcDateTime(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("merged_into_id", types.Id, nullable=True),
        sa.Column("before_merge", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_ticket_asset_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_ticket_assignee_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["ticket.id"], name=op.f("fk_ticket_merged_into_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_ticket_owner_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_ticket_requester_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index(
        "ix_ticket_assignee",
        "ticket",
        ["assignee_id", "id"],
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
    )
    op.create_index("ix_ticket_created_at", "ticket", ["created_at"])
    op.create_index(
        "ix_ticket_merged",
        "ticket",
        ["merged_into_id"],
        sqlite_where=sa.text("merged_into_id is not null"),
        postgresql_where=sa.text("merged_into_id is not null"),
    )
    op.create_index(
        "ix_ticket_open",
        "ticket",
        ["id"],
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
    )
    op.create_index(
        "ix_ticket_team",
        "ticket",
        ["team", "id"],
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
    )
    op.create_index(
        "ix_ticket_owner",
        "ticket",
        ["owner_id", "id"],
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
    )
    op.create_index("ix_ticket_requester", "ticket", ["requester_id", "id"])
    op.create_index(
        "ix_ticket_resolved",
        "ticket",
        ["id"],
        sqlite_where=sa.text("status IN ('solved', 'closed') AND resolution <> '' AND NOT confidential"),
        postgresql_where=sa.text("status IN ('solved', 'closed') AND resolution <> '' AND NOT confidential"),
    )
    op.create_index(
        "ix_ticket_solved",
        "ticket",
        ["id"],
        sqlite_where=sa.text("status IN ('solved')"),
        postgresql_where=sa.text("status IN ('solved')"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=True),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("details", types.Json(), nullable=False),
        sa.Column("event_id", types.Id, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_audit_entry_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_ticket_id"), "audit_entry", ["ticket_id"])
    op.create_table(
        "conversation",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("speaks", sa.Boolean(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("references", types.Json(), nullable=False),
        sa.Column("person_id", types.Id, nullable=True),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("rang_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conversation_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_conversation_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index(
        "ix_conversation_room",
        "conversation",
        ["room", "role", "id"],
        sqlite_where=sa.text("room <> ''"),
        postgresql_where=sa.text("room <> ''"),
    )
    op.create_index(
        "ix_conversation_thread",
        "conversation",
        ["thread"],
        sqlite_where=sa.text("thread <> ''"),
        postgresql_where=sa.text("thread <> ''"),
    )
    op.create_index(op.f("ix_conversation_ticket_id"), "conversation", ["ticket_id"])
    op.create_table(
        "bulletin",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("texts", types.Json(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("agent_id", types.Id, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", types.Id, nullable=False),
        sa.Column("sent", types.Id, nullable=False),
        sa.Column("passed_over", types.Id, nullable=False),
        sa.Column("after", types.Id, nullable=False),
        sa.Column("begun_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["person.id"], name=op.f("fk_bulletin_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
    )
    op.create_table(
        "event",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("books", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("parent_id", types.Id, nullable=True),
        sa.Column("root", sa.String(length=80), nullable=False),
        sa.Column("depth", types.Id, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_event_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_ticket_id"), "event", ["ticket_id"])
    op.create_table(
        "milestone",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("at", types.Id, nullable=False),
        sa.Column("until", types.Id, nullable=False),
        sa.Column("happened", types.Id, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("tier", types.Id, nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("requester_id", types.Id, nullable=False),
        sa.Column("assignee_id", types.Id, nullable=True),
        sa.Column("agent_id", types.Id, nullable=True),
        sa.Column("asset_id", types.Id, nullable=True),
        sa.Column("opened_at", types.Id, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("escalated", types.Id, nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("seconds", types.Id, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_milestone_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    op.create_index("ix_milestone_at", "milestone", ["at"])
    op.create_index(
        "ix_milestone_open",
        "milestone",
        ["until"],
        sqlite_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'waiting_requester', 'waiting_vendor', 'on_hold')"),
    )
    op.create_index("ix_milestone_ticket", "milestone", ["ticket_id", "id"])
    op.create_table(
        "phone_call",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", types.Id, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("wait", types.Id, nullable=False),
        sa.Column("talk", types.Id, nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("agent_id", types.Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
        sa.UniqueConstraint("key", name=op.f("uq_phone_call_key")),
    )
    op.create_index(op.f("ix_phone_call_at"), "phone_call", ["at"])
    op.create_table(
        "job",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("arguments", types.Json(), nullable=False),
        sa.Column("ticket_id", types.Id, nullable=True),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", types.Id, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("root", sa.String(length=80), nullable=False),
        sa.Column("depth", types.Id, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_job_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    op.create_index(
        "ix_job_dead",
        "job",
        ["id"],
        sqlite_where=sa.text("state IN ('dead')"),
        postgresql_where=sa.text("state IN ('dead')"),
    )
    op.create_index(
        "ix_job_plans",
        "job",
        ["key"],
        sqlite_where=sa.text("kind = 'scheduled' AND state = 'waiting'"),
        postgresql_where=sa.text("kind = 'scheduled' AND state = 'waiting'"),
    )
    op.create_index(
        "ix_job_due",
        "job",
        ["due_at", "id"],
        sqlite_where=sa.text("state IN ('waiting')"),
        postgresql_where=sa.text("state IN ('waiting')"),
    )
    op.create_index(
        "ix_job_ticket",
        "job",
        ["ticket_id", "kind"],
        sqlite_where=sa.text("ticket_id is not null"),
        postgresql_where=sa.text("ticket_id is not null"),
    )
    op.create_table(
        "question",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", types.Id, nullable=False),
        sa.Column("agent_id", types.Id, nullable=True),
        sa.Column("delivery_key", sa.String(length=120), nullable=False),
        sa.Column("choices", types.Json(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["person.id"], name=op.f("fk_question_agent_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_question_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index(op.f("ix_question_person_id"), "question", ["person_id"])
    op.create_index(op.f("ix_question_ticket_id"), "question", ["ticket_id"])
    op.create_index(
        "ix_question_survey",
        "question",
        ["answered_at"],
        sqlite_where=sa.text("kind IN ('survey')"),
        postgresql_where=sa.text("kind IN ('survey')"),
    )
    op.create_table(
        "sla_target",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("book", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=True),
        sa.Column("warned", sa.Float(), nullable=False),
        sa.Column("breached_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("used_seconds", types.Id, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_sla_target_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_target")),
    )
    op.create_index(
        "ix_sla_target_due",
        "sla_target",
        ["due_at", "id"],
        sqlite_where=sa.text("state IN ('running')"),
        postgresql_where=sa.text("state IN ('running')"),
    )
    op.create_index(
        "ix_sla_target_ended",
        "sla_target",
        ["ended_at"],
        sqlite_where=sa.text("ended_at is not null"),
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_index(op.f("ix_sla_target_ticket_id"), "sla_target", ["ticket_id"])
    op.create_table(
        "span",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_span_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_span")),
    )
    op.create_index(op.f("ix_span_ticket_id"), "span", ["ticket_id"])
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("other_id", types.Id, nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["ticket.id"], name=op.f("fk_ticket_link_other_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_link_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", name=op.f("pk_ticket_link")),
    )
    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_tag_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "tag", name=op.f("pk_ticket_tag")),
    )
    op.create_table(
        "watcher",
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("person_id", types.Id, nullable=False),
        sa.Column("removed_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_watcher_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_watcher_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_watcher")),
    )
    op.create_table(
        "draft",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("conversation_id", types.Id, nullable=False),
        sa.Column("agent_id", types.Id, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("release_at", types.UtcDateTime(), nullable=True),
        sa.Column("inbox_id", types.Id, nullable=True),
        sa.Column("files", types.Json(), nullable=False),
        sa.Column(
            "external_id",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["person.id"], name=op.f("fk_draft_agent_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_draft_conversation_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_draft_inbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_draft_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_ticket_id"), "draft", ["ticket_id"])
    op.create_index(
        "ix_draft_waiting",
        "draft",
        ["conversation_id", "id"],
        sqlite_where=sa.text("state IN ('waiting')"),
        postgresql_where=sa.text("state IN ('waiting')"),
    )
    op.create_table(
        "message",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", types.Id, nullable=False),
        sa.Column("conversation_id", types.Id, nullable=False),
        sa.Column("author_id", types.Id, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column(
            "external_id",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("flags", types.Json(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("sent_at", types.UtcDateTime(), nullable=True),
        sa.Column("inbox_id", types.Id, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_message_author_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_message_inbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_message_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(
        "ix_message_external",
        "message",
        ["external_id"],
        sqlite_where=sa.text("external_id is not null"),
        postgresql_where=sa.text("external_id is not null"),
    )
    op.create_index(op.f("ix_message_ticket_id"), "message", ["ticket_id"])
    op.create_table(
        "delivery",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("ticket_id", types.Id, nullable=True),
        sa.Column("conversation_id", types.Id, nullable=True),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("outgoing", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("queued_at", types.UtcDateTime(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("leased_until", types.UtcDateTime(), nullable=True),
        sa.Column("leased_by", sa.String(length=40), nullable=True),
        sa.Column("attempts", types.Id, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=300), nullable=True),
        sa.Column("rendered", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", types.UtcDateTime(), nullable=True),
        sa.Column("root", sa.String(length=80), nullable=False),
        sa.Column("depth", types.Id, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_delivery_conversation_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_message_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_delivery_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["automatic", "due_at", "id"],
        sqlite_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
        postgresql_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
    )
    op.create_index(
        "ix_delivery_failed",
        "delivery",
        ["id"],
        sqlite_where=sa.text("state IN ('failed')"),
        postgresql_where=sa.text("state IN ('failed')"),
    )
    op.create_index("ix_delivery_recipient", "delivery", ["recipient", "queued_at"])
    op.create_index(op.f("ix_delivery_ticket_id"), "delivery", ["ticket_id"])
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["conversation_id", "id"],
        sqlite_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
        postgresql_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
    )
    op.create_table(
        "file",
        sa.Column("id", types.Id, autoincrement=False, nullable=False),
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", types.Id, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_file_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_message_id"), "file", ["message_id"])
    if op.get_bind().dialect.name == "sqlite":
        for statement in _INDEX_OF_WORDS:
            op.execute(statement)
