"""Whether Discord reaches us, of how many connections ever."""

from channels.discord.hearing import Hearing


def test_one_of_several_connections_that_fails_is_told_until_it_is_back() -> None:
    hearing = Hearing(2)
    hearing.fails(1, "discord.gateway: no connection: refused")
    hearing.began(0)
    assert hearing.trouble == "shard 1: discord.gateway: no connection: refused"
    assert hearing.heard() is None
    hearing.began(1)
    assert hearing.trouble == ""
    assert hearing.heard() is not None


def test_the_only_one_has_no_number() -> None:
    hearing = Hearing(1)
    hearing.fails(0, "discord.token: Discord does not know it (4004)")
    assert hearing.trouble == "discord.token: Discord does not know it (4004)"
    hearing.goes_on(0)
    assert hearing.trouble == ""


def test_a_server_that_throws_us_out_is_a_gap_until_we_are_invited_again() -> None:
    hearing = Hearing(1)
    hearing.began(0)
    before = hearing.heard()
    assert before is not None
    hearing.thrown_out("7", "the bot is in the server 7 no more")
    assert hearing.heard() is None
    assert hearing.trouble == "the bot is in the server 7 no more"
    hearing.invited("8")
    assert hearing.heard() is None
    hearing.invited("7")
    after = hearing.heard()
    assert after is not None
    assert after.since > before.until
    assert hearing.trouble == ""
