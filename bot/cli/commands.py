"""All commands, each module registering its own."""

from bot.cli import chat, check, database, demo, parse, people, queues, send, serve, ticket
from bot.cli.app import app

app.command("parse")(parse.parse)
app.command("serve")(serve.serve)
app.command("check")(check.check)
app.command("status")(queues.status)
app.command("send")(send.send)
app.command("chat")(chat.chat)
app.command("demo")(demo.demo)
app.add_typer(ticket.group, name="ticket")
app.add_typer(queues.inbox, name="inbox")
app.add_typer(queues.outbox, name="outbox")
app.add_typer(people.people, name="people")
app.add_typer(people.assets, name="assets")
app.add_typer(database.group, name="db")
