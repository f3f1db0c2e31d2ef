"""Every promise has a test, and every test names promises that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.qa.requirements import ALL

TESTS = Path(__file__).parent.parent


def covered() -> Iterator[str]:
    """Each id in a `covers` marker, and each that a table of fixtures named after their case is marked with."""
    for path in sorted(TESTS.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "covers":
                yield from (str(given.value) for given in node.args if isinstance(given, ast.Constant))
        if "covers(name[:3].upper())" in source:
            yield from (f"E{number}" for number in re.findall(r'\("e(\d\d)-', source))


def test_every_requirement_has_a_test() -> None:
    missing = ALL - set(covered())
    assert not missing, f"no test covers {', '.join(sorted(missing))}"


def test_bad_input_and_shown_ids_are_known() -> None:
    named = {requirement for requirement in covered() if ":" in requirement}
    assert named <= ALL, f"unknown ids: {', '.join(sorted(named - ALL))}"
