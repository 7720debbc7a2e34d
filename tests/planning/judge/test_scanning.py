"""Scripts become words with their places, also where the shell would have ended a command too early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.planning.judge.scanning import read
from dragoman.planning.judge.words import Script, Shell

# Sentence -> the shell, the script, the words of each command.
CASES: dict[str, tuple[Shell, str, list[list[str]]]] = {
    "one line": ("sh", "vllm serve m --port 1", [["vllm", "serve", "m", "--port", "1"]]),
    "a backslash continues a line": (
        "sh",
        "vllm serve m \\\n  --port 1\n",
        [["vllm", "serve", "m", "--port", "1"]],
    ),
    "a backtick does in PowerShell": (
        "powershell",
        "vllm serve m `\n  --port 1\n",
        [["vllm", "serve", "m", "--port", "1"]],
    ),
    "the other shell's mark was meant so": (
        "powershell",
        "vllm serve m \\\n  --port 1 `\n  --host h\n",
        [["vllm", "serve", "m", "--port", "1", "--host", "h"]],
    ),
    "a forgotten mark was meant so": (
        "sh",
        "vllm serve m\n  --port 1\n",
        [["vllm", "serve", "m", "--port", "1"]],
    ),
    "only vLLM's flags are drawn up from the next line": (
        "sh",
        "echo hello\n--port 1\n",
        [["echo", "hello"], ["--port", "1"]],
    ),
    "comments are none of a command": (
        "sh",
        "# vllm serve a\nvllm serve m # --port 1\n",
        [["vllm", "serve", "m"]],
    ),
    "a sharp in a word is none": ("sh", "vllm serve a#b", [["vllm", "serve", "a#b"]]),
    "PowerShell's block comments": (
        "powershell",
        "<# vllm serve a\n #>vllm serve m",
        [["vllm", "serve", "m"]],
    ),
    "heredocs are left alone": (
        "sh",
        "cat > x <<'EOF'\nvllm serve a\nEOF\nvllm serve m\n",
        [["cat"], ["vllm", "serve", "m"]],
    ),
    "a heredoc without an end": ("sh", "cat <<EOF\nvllm serve a\n", [["cat"]]),
    "operators end a command": (
        "sh",
        "cd x && vllm serve m | tee log; echo $?",
        [["cd", "x"], ["vllm", "serve", "m"], ["tee", "log"], ["echo", "$?"]],
    ),
    "redirections are no words": (
        "sh",
        "nohup vllm serve m > log 2>&1 &\n",
        [["nohup", "vllm", "serve", "m"]],
    ),
    "quotes are taken off": (
        "sh",
        """vllm serve 'a b' "c\\"d" e\\ f '{"method": "mtp"}'""",
        [["vllm", "serve", "a b", 'c"d', "e f", '{"method": "mtp"}']],
    ),
    "PowerShell doubles its quotes": ("powershell", "vllm serve 'a''b'", [["vllm", "serve", "a'b"]]),
    "variables stay": (
        "sh",
        'vllm serve "$MODEL" --port ${PORT:-1} --x $(nproc)',
        [["vllm", "serve", "$MODEL", "--port", "${PORT:-1}", "--x", "$(nproc)"]],
    ),
    "a list is one word": ("sh", "A=(--a b\n --c d)\necho", [["A=(--a b\n --c d)"], ["echo"]]),
    "Windows' line ends and a byte order mark": (
        "powershell",
        "\N{ZERO WIDTH NO-BREAK SPACE}vllm serve m `\r\n --port 1\r\n",
        [["vllm", "serve", "m", "--port", "1"]],
    ),
    "a quote that never ends": ("sh", "vllm serve 'm", [["vllm", "serve", "m"]]),
    "nothing": ("sh", "\n\n", []),
}


def words(script: Script) -> list[list[str]]:
    return [[word.text for word in command.words] for command in script.commands]


@pytest.mark.parametrize("case", CASES)
def test_a_script_is_read_as_it_was_meant(case: str) -> None:
    shell, text, expected = CASES[case]
    assert words(read(text, shell)) == expected


@pytest.mark.parametrize("case", CASES)
def test_every_word_stands_where_it_says(case: str) -> None:
    shell, text, _ = CASES[case]
    script = read(text, shell)
    for command in script.commands:
        for word in command.words:
            assert script.text[word.start : word.end] == word.raw
            assert script.text.count("\n", 0, word.start) + 1 == word.line


def test_joints_say_what_is_wrong_with_them() -> None:
    text = "vllm serve m \\\n--a 1 `\n--b 2 \\ \n--c 3\n--d 4 \\\n# why\n--e 5\n"
    (command,) = read(text, "sh").commands
    assert [(joint.line, joint.fault) for joint in command.joints] == [
        (1, ""),
        (2, "foreign"),
        (3, "space"),
        (4, "none"),
        (5, "gap"),
    ]


def test_assignments_are_known_unless_there_are_two() -> None:
    script = read("A=1 B=\"two\"\nexport C='3'\nA=4\nD=$B\nE=(1 2)\n", "sh")
    assert {name: word.text for name, word in script.assigned.items()} == {"B": "two", "C": "3"}


def test_assignments_of_powershell() -> None:
    script = read('$model = "a/b"\n$env:PORT = "1"\n$x="y"\n', "powershell")
    assert {name: word.text for name, word in script.assigned.items()} == {
        "model": "a/b",
        "PORT": "1",
        "x": "y",
    }


@given(st.text(alphabet="vllm serve\\`\n\t '\"$(){}<>#-&|;=ab"), st.sampled_from(["sh", "powershell"]))
def test_no_text_is_too_odd(text: str, shell: Shell) -> None:
    script = read(text, shell)
    for command in script.commands:
        assert all(script.text[word.start : word.end] == word.raw for word in command.words)
