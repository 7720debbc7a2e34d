"""The rules of docs/architecture.md that a program can check: floors, purity, one test file per source file.

Everything is read with `ast`; nothing of the package is imported.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "dragoman"
PURE = 2
CLI = 5

# Module prefix -> floor; the longest prefix decides. The package itself and its version are on the ground.
FLOORS = {
    "": 0,
    "model": 0,
    "settings": 0,
    "sse": 0,
    "wire": 1,
    "toolcalls": 1,
    "engines": 1,
    "launchers": 1,
    "litellm": 1,
    "searches": 1,
    "exports": 1,
    "turns": 1,
    "planning": 1,
    "journey": 2,
    "configuration": 3,
    "doctor": 3,
    "evaluation": 3,
    "extract": 3,
    "folder": 3,
    "machine": 3,
    "metrics": 3,
    "places": 3,
    "probing": 3,
    "progress": 3,
    "runtime": 3,
    "status": 3,
    "store": 3,
    "transport": 3,
    "verify": 3,
    "app": 4,
    "pages": 4,
    "dashboard": 4,
    "cli": 5,
    "__main__": 5,
}

# Source file -> why it has only its package's test: tests/a/test_a.py or tests/test_a.py.
COVERED_BY_PACKAGE: dict[str, str] = {
    "doctor/check.py": "values",
    "doctor/checks/auto_choice_missing.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_attribution.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_cloud.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_compaction_off.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_extra_body.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_headers.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_hidden.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_key_header.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_keys.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_model_name.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_output.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_proxy.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_settings_broken.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_switches.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_thinking.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_timeouts.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_tool_search.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_traffic.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_url_elsewhere.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_url_form.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_url_missing.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/client_window.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/configuration.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/engine_is_gateway.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/engine_lost.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/engine_sick.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/engine_without_model.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/key_refused.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/not_an_api.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/nothing_listens.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/parallel_order.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/prefix_cache_cold.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/prefix_cache_off.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/queue.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/request_fields.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/reasoning_parser_missing.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/reasoning_parser_wrong.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/request_refused.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/request_too_long.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/request_unreadable.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/template_one_system.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/template_without_tools.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/tool_parser_missing.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/tool_parser_wrong.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/tools_excluded.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/unknown_model.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/window_small.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/wrong_port.py": "a check, planted by name in the tests of its folder",
    "doctor/checks/wrong_protocol.py": "a check, planted by name in the tests of its folder",
    "doctor/claude.py": "tables",
    "doctor/examining.py": "puts the others together",
    "doctor/gathering.py": "puts the others together",
    "doctor/refusals.py": "a table",
    "doctor/seen.py": "values",
    "engines/vllm/causes/cause.py": "values",
    "engines/vllm/causes/layout.py": "a table",
    "engines/vllm/causes/memory.py": "a table",
    "engines/vllm/causes/reading.py": "reads what the tables say",
    "engines/vllm/causes/requests.py": "a table",
    "engines/vllm/causes/starting.py": "a table",
    "engines/vllm/flag_list.py": "a table, read by `flags` beside it",
    "litellm/block.py": "has a meaning only as part of a file",
    "litellm/entries.py": "has a meaning only as part of a file",
    "litellm/keys.py": "tables",
    "litellm/models.py": "has a meaning only as part of a file",
    "litellm/ways.py": "has a meaning only as part of a file",
    "planning/judge/case.py": "what the rules see: their tests",
    "planning/judge/finding.py": "values",
    "planning/judge/judging.py": "puts the others together",
    "planning/judge/rules/calling.py": "rules, each with its line in one table",
    "planning/judge/rules/exposing.py": "rules, each with its line in one table",
    "planning/judge/rules/fitting.py": "rules, each with its line in one table",
    "planning/judge/rules/flags.py": "rules, each with its line in one table",
    "planning/judge/rules/serving.py": "rules, each with its line in one table",
    "planning/judge/rules/shell.py": "rules, each with its line in one table",
    "planning/judge/rules/tools.py": "rules, each with its line in one table",
    "planning/judge/words.py": "values",
    "toolcalls/_parts/bare.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/blocks.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/deepseek_wordings.py": "tables: test_wordings walks all of them",
    "toolcalls/_parts/deepseek.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/envelope.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/families.py": "tables",
    "toolcalls/_parts/format.py": "tables",
    "toolcalls/_parts/markup.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/pythonic.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/sections.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/tag_values.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/tagged.py": "a reader: the tests of the formats read with it",
    "toolcalls/_parts/tags.py": "tables",
}

# Modules that are programs of their own, started as `python file.py`, and so may exit.
PROGRAMS = {
    "extract": "reads a PDF in a process that can be killed",
    "runtime.leash": "ends a command and all below it when its owner goes",
}

# I/O, clocks, chance and the environment: whatever floors 0-2 need of these comes in as an argument.
# fmt: off
IMPURE = frozenset(
    [
        "asyncio", "concurrent", "ctypes", "fcntl", "getpass", "glob", "http.client", "http.server",
        "importlib", "io", "logging", "mmap", "multiprocessing", "os", "pathlib", "pkgutil",
        "platform", "random", "sched", "secrets", "select", "selectors", "shutil", "signal",
        "socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "termios",
        "threading", "time", "urllib.request", "uuid",
    ]
)
# fmt: on
PURE_PARTS = frozenset({"pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath"})
IMPURE_CALLS = frozenset({"open", "input", "breakpoint", "exec", "eval", "__import__"})
CLOCKS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today"})
ENDS_AND_PRINTS = frozenset({"print", "exit", "quit", "sys.exit", "os._exit", "os.abort", "SystemExit"})
PURE_PACKAGES = sys.stdlib_module_names | {"dragoman", "msgspec"}

# Joined here, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a package registry's address": [
        "pypi" + ".org",
        "python" + "hosted.org",
        "npmjs" + ".com",
        "npmjs" + ".org",
        "deb.deb" + "ian.org",
        "/simple" + "/pip",
    ],
    "a path of a machine that built it": [
        "/work" + "/main",
        "/work" + "/shared",
        "/tmp" + "/scratch",
        "/opt" + "/wheels",
        "/opt" + "/pypi",
    ],
    "a reference outside the repository": ["../" + "shared"],
}


class Module:
    """One source file, named as it is imported, below `dragoman`: `wire.anthropic`."""

    def __init__(self, path: Path) -> None:
        self.path = path.relative_to(SOURCE)
        self.is_package = path.name == "__init__.py"
        parts = self.path.parts[:-1] if self.is_package else self.path.with_suffix("").parts
        self.name = ".".join(parts)
        self.package = parts if self.is_package else parts[:-1]
        self.tree = ast.parse(path.read_bytes(), str(path))

    def at(self, node: ast.AST) -> str:
        return f"src/dragoman/{self.path.as_posix()}:{getattr(node, 'lineno', 1)}"

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every import, absolute; `from a import b` counts as `a.b`, which may be a name or a module."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = node.module or ""
                if node.level:
                    above = self.package[: len(self.package) - node.level + 1]
                    start = ".".join(filter(None, ["dragoman", *above, start]))
                yield from ((node, f"{start}.{alias.name}") for alias in node.names)


def modules() -> list[Module]:
    return [Module(path) for path in sorted(SOURCE.rglob("*.py"))]


def within(name: str, prefix: str) -> bool:
    return not prefix or name == prefix or name.startswith(prefix + ".")


def floor_of(name: str) -> int | None:
    """The floor of a module below `dragoman`; None for one that FLOORS forgot."""
    prefix = max((prefix for prefix in FLOORS if within(name, prefix)), key=len)
    if prefix or not name:
        return FLOORS[prefix]
    top = SOURCE / name.split(".", 1)[0]
    return None if top.is_dir() or top.with_suffix(".py").is_file() else FLOORS[""]


def report(breaches: list[str], rule: str) -> None:
    if breaches:
        pytest.fail(f"{rule}\n  " + "\n  ".join(breaches), pytrace=False)


def test_every_module_has_a_floor() -> None:
    lost = [f"src/dragoman/{m.path.as_posix()}" for m in modules() if floor_of(m.name) is None]
    report(lost, "Give each of these a line in FLOORS (and in docs/architecture.md):")


def test_imports_go_down_or_stay_on_their_floor() -> None:
    breaches = []
    for module in modules():
        own = floor_of(module.name)
        for node, target in module.imports():
            if not within(target, "dragoman") or own is None:
                continue
            name = target.removeprefix("dragoman").removeprefix(".")
            floor = floor_of(name)
            if floor is not None and floor > own:
                breaches.append(f"{module.at(node)}: floor {own} imports {target}, floor {floor}")
    report(breaches, "A module imports its own floor or a lower one:")


def test_low_floors_import_only_msgspec_and_pure_standard_library() -> None:
    breaches = []
    for module in pure_modules():
        for node, target in module.imports():
            if target not in PURE_PARTS and any(within(target, name) for name in IMPURE):
                breaches.append(
                    f"{module.at(node)}: imports {target}, which does I/O or reads the surroundings"
                )
            elif target.split(".", 1)[0] not in PURE_PACKAGES:
                breaches.append(f"{module.at(node)}: imports {target}, neither standard library nor msgspec")
    report(breaches, "Floors 0-2 take time, ids, chance and bytes as arguments:")


def test_low_floors_have_no_async_no_clock_and_no_files() -> None:
    breaches = []
    for module in pure_modules():
        for node in ast.walk(module.tree):
            called = called_name(node)
            if isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await):
                breaches.append(f"{module.at(node)}: async")
            elif called in IMPURE_CALLS or ".".join(called.split(".")[-2:]) in CLOCKS:
                breaches.append(f"{module.at(node)}: calls {called}()")
    report(breaches, "Floors 0-2 do no I/O:")


def test_only_the_command_line_prints_and_exits() -> None:
    breaches = []
    for module in modules():
        if floor_of(module.name) == CLI or module.name in PROGRAMS:
            continue
        for node in ast.walk(module.tree):
            if (called := called_name(node)) in ENDS_AND_PRINTS:
                breaches.append(f"{module.at(node)}: calls {called}()")
    report(breaches, "Printing and exiting belong to dragoman.cli:")


def test_every_source_file_has_its_test_file() -> None:
    breaches = []
    for module in modules():
        source = module.path.as_posix()
        own = PurePosixPath("tests", module.path.parent.as_posix(), f"test_{module.path.name}")
        if module.is_package or module.name == "__main__" or (ROOT / own).is_file():
            continue
        package = module.path.parent
        shared = [f"tests/{package}/test_{package.name}.py", f"tests/{package.parent}/test_{package.name}.py"]
        if source in COVERED_BY_PACKAGE and any((ROOT / path).is_file() for path in shared):
            continue
        breaches.append(f"src/dragoman/{source}: no {own}")
    report(breaches, "Write the test, or list the file in COVERED_BY_PACKAGE with the reason:")


def test_exceptions_to_the_test_file_rule_are_still_needed() -> None:
    stale = [source for source in COVERED_BY_PACKAGE if not (SOURCE / source).is_file()]
    report(stale, "These files are gone; take them out of COVERED_BY_PACKAGE:")


def test_tracked_text_names_no_registry_and_no_build_machine() -> None:
    breaches = []
    for path in tracked_files():
        try:
            text = (ROOT / path).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        for what, words in FORBIDDEN.items():
            for word in words:
                if (at := text.lower().find(word)) >= 0:
                    line = text.count("\n", 0, at) + 1
                    breaches.append(f"{path}:{line}: {what}: {word}")
    report(breaches, "Lock files and prose work with any mirror and on any machine:")


def test_print_the_files_that_outgrew_the_aim(capsys: pytest.CaptureFixture[str]) -> None:
    """300 lines are an aim, so that this prints and never fails."""
    sizes = {m.path.as_posix(): len((SOURCE / m.path).read_text("utf-8").splitlines()) for m in modules()}
    long = [
        f"{path} {lines}" for path, lines in sorted(sizes.items(), key=lambda item: -item[1]) if lines > 300
    ]
    with capsys.disabled():
        print(
            f"\n{len(sizes)} source files, {sum(sizes.values())} lines; over 300: {', '.join(long) or 'none'}"
        )


def pure_modules() -> list[Module]:
    return [module for module in modules() if (floor := floor_of(module.name)) is not None and floor <= PURE]


def called_name(node: ast.AST) -> str:
    """What a call calls, as it is written (`a.b.c`); empty for anything else. Raising a bare name counts."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
        return node.exc.id
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def tracked_files() -> list[str]:
    """What git tracks or would; a copy without git has nothing to publish."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [name for name in listing.stdout.decode().split("\0") if name]
