"""What is read of Authentication-Results, which anybody can write into a mail."""

import time

import pytest

from channels.email.authentication import parse


@pytest.mark.parametrize("unit", ["a", "a ", "a.", 'a="', "(", "(a", "a=", "a =  "])
def test_what_a_stranger_writes_there_is_read_in_linear_time(unit: str) -> None:
    header = "mx.example.com; dmarc=none " + unit * (19_000 // len(unit))
    began = time.process_time()
    assert parse(header)[0] == "mx.example.com"
    assert time.process_time() - began < 0.5, "20,000 characters once took six seconds"


def test_properties_are_read_with_blanks_and_quotes_around_them() -> None:
    name, results = parse('mx.example.com; spf=pass (ok) smtp.mailfrom = "ada@example.com" x-y.z=1; dkim=fail')
    assert (name, [result.method for result in results]) == ("mx.example.com", ["spf", "dkim"])
    assert results[0].properties == {"smtp.mailfrom": "ada@example.com", "x-y.z": "1"}
