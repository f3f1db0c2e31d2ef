"""A private Dovecot for the tests: every name can log in with one password, and has a mailbox of its own."""

import getpass
import imaplib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.demo.stage import free_port
from tests.support.sink import CERTIFICATE
from tests.support.waiting import PATIENCE

PASSWORD = "secret"
UNPRIVILEGED = "dovecot"
"""Dovecot gives no mail to root; Debian's package makes this user."""

CONFIG = """
protocols = imap
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{home}/localhost.pem
ssl_key = <{home}/localhost.pem
mail_location = maildir:{home}/mail/%u
mailbox_list_index = no
auth_mechanisms = plain login
auth_failure_delay = 0
imap_capability = {capability}
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
first_valid_uid = 1
{oauth}
{quota}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


QUOTA = """
mail_plugins = quota
plugin {{
  quota = count:all
  quota_vsizes = yes
  quota_rule = *:bytes={octets}
  quota_grace = 0
}}
"""
OAUTH = """
auth_mechanisms = xoauth2 oauthbearer plain login
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
"""
INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


def program() -> str | None:
    """Where Dovecot is; None where it is not installed."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


class Dovecot:
    """A server in `home`. `capability` replaces what it says that it can; empty leaves it.

    With `introspection` it asks there about access tokens (RFC 7662). With `quota` every mailbox has room for so many
    octets; its MOVE needs no room, but its COPY does.
    """

    def __init__(self, home: Path, *, capability: str = "", introspection: str = "", quota: int = 0) -> None:
        self.home = home
        self.quota = quota
        self.introspection = introspection
        self.capability = capability
        self.port, self.tls_port = free_port(), free_port()
        self._user = UNPRIVILEGED if os.geteuid() == 0 else getpass.getuser()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Be there, on the same ports as before."""
        self._write_config()
        as_root = os.geteuid() == 0
        with (self.home / "stderr").open("wb") as complaints:
            self._process = subprocess.Popen(
                [str(program()), "-F", "-c", str(self.home / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=self._user if as_root else None,
                group=self._user if as_root else None,
                extra_groups=[] if as_root else None,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, f"Dovecot ended: {self.log()}"
            assert time.monotonic() < end, f"Dovecot does not answer: {self.log()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Be gone, with every connection: what it has started would wait for ten seconds."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    def log(self) -> str:
        """What it wrote."""
        return "".join(
            path.read_text("utf-8", "replace") for name in ("stderr", "log") if (path := self.home / name).exists()
        )

    @contextmanager
    def session(self, user: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """A mail program that is logged in, with a folder selected."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.login(user, PASSWORD)
            status, _ = client.select(folder)
            assert status == "OK", folder
            yield client

    def put(self, user: str, *mails: bytes, flags: str = "", folder: str = "INBOX") -> None:
        """Leave mails in a mailbox."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.login(user, PASSWORD)
            client.create(folder)
            for mail in mails:
                status, said = client.append(folder, flags, "", mail)
                assert status == "OK", said

    def count(self, user: str, criteria: str = "ALL", folder: str = "INBOX") -> int:
        """How many mails of a folder fit; 0 where there is no such folder."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.login(user, PASSWORD)
            if client.select(folder)[0] != "OK":
                return 0
            _, found = client.search(None, criteria)
            return len(found[0].split())

    def read(self, user: str, criteria: str = "ALL", folder: str = "INBOX") -> bytes:
        """The first mail of a folder that fits, as the server keeps it."""
        with self.session(user, folder) as client:
            number = client.search(None, criteria)[1][0].split()[0].decode()
            answer = client.fetch(number, "BODY.PEEK[]")[1][0]
            assert isinstance(answer, tuple), f"no mail {number}"
            return bytes(answer[1])

    def empty(self, user: str, folder: str) -> None:
        """Delete all that is in a folder."""
        with self.session(user, folder) as client:
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()

    def renumber(self, user: str, validity: int = 7) -> None:
        """Give the inbox another UIDVALIDITY, as a server does whose index was lost or restored."""
        command = ["doveadm", "-c", str(self.home / "dovecot.conf"), "mailbox", "update", "-u", user]
        subprocess.run([*command, "--uid-validity", str(validity), "INBOX"], check=True)

    def _answers(self) -> bool:
        try:
            with imaplib.IMAP4("127.0.0.1", self.port, timeout=1) as client:
                return client.login("probe", PASSWORD)[0] == "OK"
        except (OSError, imaplib.IMAP4.error):
            return False

    def _write_config(self) -> None:
        shutil.copyfile(CERTIFICATE, self.home / "localhost.pem")
        group = subprocess.run(["/usr/bin/id", "-gn", self._user], check=True, capture_output=True, text=True)
        text = CONFIG.format(
            home=self.home,
            user=self._user,
            group=group.stdout.strip(),
            capability=self.capability,
            password=PASSWORD,
            oauth=OAUTH.format(home=self.home) if self.introspection else "",
            quota=QUOTA.format(octets=self.quota) if self.quota else "",
            port=self.port,
            tls_port=self.tls_port,
        )
        (self.home / "dovecot.conf").write_text(text, encoding="utf-8")
        (self.home / "oauth2.conf").write_text(INTROSPECTION.format(url=self.introspection), encoding="utf-8")
        if os.geteuid() == 0:
            for path in (self.home, *self.home.glob("*.conf"), self.home / "localhost.pem"):
                shutil.chown(path, self._user)


@contextmanager
def running(*, capability: str = "", introspection: str = "", quota: int = 0) -> Iterator[Dovecot]:
    """A server that is there until the end of the block."""
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(home, capability=capability, introspection=introspection, quota=quota)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home)
