"""Alembic's entry: migrations run on the connection that `bot.db.schema` gives."""

from alembic import context

from bot.db.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
