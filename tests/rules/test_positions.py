import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.positions import Path, Place, Positions

TEXT = '''\
top = 1
"quoted key" . sub = "x"   # a comment with [brackets]
list = [ 1, # one
  "two]", [3, {four = 4}],
]
[table.inner]
key = """multi
line""""
[[many]]
a = 'x'
[[many]]
b = { c = { d = 5 }, e = [] }
[[many.nested]]
f = 1979-05-27T07:32:00Z
[many.nested.under]
g = true
'''


def test_every_key_has_its_place() -> None:
    tomllib.loads(TEXT)
    positions = Positions(TEXT)
    assert positions.key(("top",)) == Place(1, 1)
    assert positions.value(("top",)) == Place(1, 7)
    assert positions.key(("quoted key", "sub")) == Place(2, 1)
    assert positions.value(("list", 1)) == Place(4, 3)
    assert positions.value(("list", 2, 1, "four")) == Place(4, 23)
    assert positions.key(("table", "inner")) == Place(6, 1)
    assert positions.character(("table", "inner", "key"), 7) == Place(8, 2)
    assert positions.key(("many",)) == Place(9, 1)
    assert positions.key(("many", 1)) == Place(11, 1)
    assert positions.key(("many", 1, "b", "e")) == Place(12, 22)
    assert positions.key(("many", 1, "nested", 0, "f")) == Place(14, 1)
    assert positions.value(("many", 1, "nested", 0, "under", "g")) == Place(16, 5)


def test_what_is_missing_is_where_its_parent_is() -> None:
    positions = Positions(TEXT)
    assert positions.key(("many", 1, "b", "zzz")) == Place(12, 1)
    assert positions.value(("many", 0, "zzz")) == Place(9, 1)
    assert positions.key(("zzz", 4)) == Place(1, 1)


KEY = st.from_regex(r"[a-z_-]{1,5}", fullmatch=True)
VALUE = st.recursive(
    st.integers(0, 99) | st.booleans() | st.text(alphabet="ab]}{[,#'=\" \\", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=8,
)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return "{" + ", ".join(f"{key} = {written(one)}" for key, one in value.items()) + "}"


def leaves(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    if isinstance(value, list):
        return [leaf for place, one in enumerate(value) for leaf in leaves(one, (*path, place))]
    if isinstance(value, dict):
        return [leaf for key, one in value.items() for leaf in leaves(one, (*path, key))]
    return [(path, value)]


@given(st.dictionaries(KEY, VALUE, max_size=4), st.dictionaries(KEY, VALUE, max_size=4))
def test_every_value_stands_where_it_is_said_to_stand(first: dict[str, Any], second: dict[str, Any]) -> None:
    tables = [first, second]
    text = "\n".join(
        line for table in tables for line in ["[[t]]", *(f"{key} = {written(value)}" for key, value in table.items())]
    )
    assert tomllib.loads(text) == {"t": tables}
    lines, positions = text.split("\n"), Positions(text)
    for path, value in leaves(tables):
        place = positions.value(("t", *path))
        assert lines[place.line - 1][place.column - 1 :].startswith(written(value))
