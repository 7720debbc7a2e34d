"""Keys and tokens in a text that is going to be shown, made unreadable. Pure, linear in the text."""

import re

HIDDEN = "***"

_NAMES = (
    r"(?:\b|_|-)(?:api[_-]?keys?|(?:hf|access|auth|hub)[_-]token|password|passwd|secret(?:[_-]key)?"
    r"|master[_-]key|token)"
)
# A value in quotes, several of them, or a word; a shell's variable is none.
_VALUE = (
    r"(?:'[^'$\n]{1,4096}'(?:, '[^'\n]{1,4096}')*|\"[^\"$\n]{1,4096}\"|(?![-$\[{\"'\s])[^\s,;'\"\])]{6,4096})"
)
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        # What a name announces.
        (r"(?i)\b(authorization\W{1,6}(?:bearer|basic)\s{1,4})[^\s'\",]{1,4096}", r"\g<1>" + HIDDEN),
        (rf"(?i)({_NAMES}['\"]?\s{{0,4}}[=:]\s{{0,4}}\[?){_VALUE}", r"\g<1>" + HIDDEN),
        (rf"(?i)(--[\w-]{{0,40}}?(?:key|token|password)\s{{1,4}}){_VALUE}", r"\g<1>" + HIDDEN),
        # What its form betrays.
        (r"\b(?:sk|pk|rk)-[\w-]{4,4096}", HIDDEN),
        (r"\b(?:hf|ghp|gho|ghs|github_pat|glpat|xoxb|ms)[_-][A-Za-z0-9_-]{16,4096}", HIDDEN),
        (r"\bAKIA[A-Z0-9]{16}\b", HIDDEN),
        (r"\beyJ[\w-]{10,4096}\.[\w-]{10,4096}\.[\w-]{0,4096}", HIDDEN),
        (r"(://)[^/@\s:]{1,256}:[^/@\s]{1,256}@", r"\g<1>" + HIDDEN + "@"),
    )
)


def hide(text: str) -> str:
    """The text with keys and tokens replaced by `***`."""
    for pattern, put in _SECRETS:
        text = pattern.sub(put, text)
    return text
