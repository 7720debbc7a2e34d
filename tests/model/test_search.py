"""Pages found on the web, as a model reads them."""

from dragoman.model.search import Found, listed


def test_pages_are_numbered_with_their_address_and_text() -> None:
    pages = [Found("龙井", "https://a.example", "Green.\nOf Hangzhou."), Found("B", "https://b.example")]
    assert (
        listed(pages) == "1. 龙井\n   https://a.example\n   Green.\nOf Hangzhou.\n2. B\n   https://b.example"
    )


def test_no_pages_are_no_text() -> None:
    assert listed([]) == ""
