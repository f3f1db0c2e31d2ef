"""What the fault tests share: a parent for services that are killed."""

from collections.abc import Iterator

import pytest

from tests.support.crashing import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The parent of services that are killed."""
    parent = Zygote()
    yield parent
    parent.close()
