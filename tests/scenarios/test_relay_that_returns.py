"""A relay that accepts and then bounces everything: one alarm, however much comes back."""

import pytest

from tests.support.house import House
from tests.support.story import bounce, deliver, request, somebody


@pytest.mark.covers("bad:relay-bounces-all")
def test_a_relay_that_bounces_everything_is_an_alarm(house: House) -> None:
    request(house, somebody())
    request(house, somebody())
    house.settle()
    taken = [received.message for received in house.sink.messages]
    for mail in taken[:4]:
        deliver(house, bounce(mail), sender="<>")
    assert "email comes back" not in alarms(house), "so few are wrong addresses"
    for mail in taken[4:]:
        deliver(house, bounce(mail), sender="<>")
    assert "came back, although the relay had taken them" in alarms(house)["email comes back"]


def alarms(house: House) -> dict[str, str]:
    return {alarm["name"]: alarm["detail"] for alarm in house.ask("status")["alarms"]}
