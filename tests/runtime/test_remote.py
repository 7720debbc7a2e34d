"""What SSH is told: a host that cannot be an option, and a far end that ends with the connection."""

import shlex

import pytest

from dragoman.engines.vllm import Command
from dragoman.runtime.remote import BadHost, address, hosts, over_ssh, why

LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "names": ("a, b-1.example", ("a", "b-1.example")),
    "addresses and a user": ("10.0.0.1,root@10.0.0.2,", ("10.0.0.1", "root@10.0.0.2")),
    "IPv6": ("fd00::1,[fd00::2]", ("fd00::1", "[fd00::2]")),
}
BAD: dict[str, str] = {
    "an option": "a,-oProxyCommand=x",
    "an option for a user": "a,-x@b",
    "a shell's words": "a,b;reboot",
    "a space": "a,b c",
    "one alone": "a",
    "none": "",
    "one twice": "a,b,a",
}


@pytest.mark.parametrize("name", LISTS)
def test_machines_are_read(name: str) -> None:
    text, expected = LISTS[name]
    assert hosts(text) == expected


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_machine_is_refused(name: str) -> None:
    with pytest.raises(BadHost):
        hosts(BAD[name])


def test_the_command_goes_over_whole_below_a_leash() -> None:
    command = Command(("/env/my bin/python", "-m", "vllm", "it's"), {"B": "2 3", "A": "$HOME"})
    argv = over_ssh(command, "root@b", "/usr/bin/ssh").argv
    assert argv[0] == "/usr/bin/ssh"
    assert "BatchMode=yes" in argv
    assert argv[-3:-1] == ("--", "root@b")
    path, _, rest = argv[-1].partition("; ")
    assert path == "export PATH='/env/my bin':\"$PATH\""
    words = shlex.split(rest)
    assert words[:4] == ["exec", "env", "A=$HOME", "B=2 3"]
    assert words[4:8] == ["/env/my bin/python", "-I", "-S", "-c"]
    assert "PR_SET_CHILD_SUBREAPER" in words[8]
    assert words[9:] == ["0", *command.argv]


def test_addresses_and_exit_codes() -> None:
    assert address("root@10.0.0.2") == "10.0.0.2"
    assert "`ssh b true` must work" in why(255, "b", "/p")
    assert "`dragoman engine install` there" in why(127, "b", "/p")
    assert why(1, "b", "/p") == why(None, "b", "/p") == ""
