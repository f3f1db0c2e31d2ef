"""`firstline demo`: one whole story through the real listeners."""

from bot.errors import NotDone


def demo() -> None:
    """Play one whole story in a temporary folder: mail in, an answer, thanks, a bounce, an absence."""
    from bot.demo.stage import Failed
    from bot.demo.story import play

    try:
        play()
    except Failed as failure:
        raise NotDone(f"the demo went wrong: {failure}") from failure
