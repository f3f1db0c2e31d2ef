"""`firstline ticket files`: what came with a ticket, as it came, for those who may read it."""

from pathlib import Path

import pytest

from bot.errors import NotDone
from tests.bot.cli.conftest import Run
from tests.support.house import House, mail, reply, running
from tests.support.story import ANNA, address_of, deliver, last_mail, somebody


def test_files_come_out_as_they_came_in_also_large_ones(tmp_path: Path, firstline: Run) -> None:
    house = House(tmp_path, f"sqlite:///{tmp_path}/firstline.db")
    ada, content = somebody(), bytes(range(256)) * 4000
    with running(house):
        message = mail(ada)
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename="größe.bin")
        number = deliver(house, message).ticket
        assert number is not None
        answer = reply(last_mail(house, ANNA, number), "#note\nThe log.", sender=ANNA)
        answer.add_attachment(b"inside", maintype="text", subtype="x-log", filename="größe.bin")
        deliver(house, answer)
        folder = tmp_path / "files"
        folder.mkdir()
        command = [str(tmp_path / "config.toml"), "ticket", "files", str(number), "--into"]
        for _ in range(2):
            done = firstline(*command, str(folder))
            assert (done.returncode, done.stderr) == (0, "")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            "größe.bin": content,
            "größe-1.bin": b"inside",
        }
        with pytest.raises(NotDone, match="may not have the files"):
            house.ask("files.list", **{"as": address_of(ada), "ticket": number})
        nowhere = firstline(*command, str(tmp_path / "nowhere"))
        assert nowhere.returncode == 1
        assert "--into: " in nowhere.stderr
        assert len(nowhere.stderr.splitlines()) == 1
