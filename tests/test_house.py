"""The house rules that no tool checks by itself: a pure core, an honest lock, a wheel with every room in it.

The core's purity is read off its source. Each rule has a planted fault, so that a checker which sees nothing
fails.
"""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hatch_build import WHEEL_LAYOUT

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "engine" / "core"

PURE_MODULES = frozenset(
    {
        "__future__",
        "bisect",
        "collections.abc",
        "dataclasses",
        "engine.core",
        "enum",
        "functools",
        "hashlib",
        "itertools",
        "math",
        "msgspec",
        "numpy",
        "operator",
        "re",
        "typing",
    }
)
# re is in for engine.core.play_class: a pattern finds the same in the same text in every process.
# numpy is in, but not its dice, its clock and its files.
IMPURE_NUMPY = frozenset(
    {
        "datetime64",
        "fromfile",
        "genfromtxt",
        "load",
        "loadtxt",
        "memmap",
        "random",
        "save",
        "savetxt",
        "savez",
    }
)
IMPURE_NUMPY_NAMES = frozenset(f"{numpy}.{name}" for numpy in ("np", "numpy") for name in IMPURE_NUMPY)
# `hash` and `id` differ from one process to the next; the rest reach out of the process.
IMPURE_BUILTINS = frozenset(
    {"__import__", "breakpoint", "eval", "exec", "hash", "id", "input", "open", "print"}
)
# What takes the elements of a set one after the other, in an order that depends on PYTHONHASHSEED.
# `sorted`, `len`, `any`, `all` and `in` do not show the order.
ORDER_TAKERS = frozenset(
    {"enumerate", "iter", "list", "map", "next", "reduce", "sum", "tuple", "zip", "join"}
)


# --- the checker of the core -------------------------------------------------------------------------------


def impurities(source: str) -> Iterator[str]:
    """Every way in which a core module reaches out of the process or shows an order that may change."""
    tree = ast.parse(source)
    sets = _names_of_sets(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _impure_imports(node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in IMPURE_BUILTINS:
            yield f"line {node.lineno}: uses the builtin {node.id}"
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in IMPURE_NUMPY_NAMES:
            yield f"line {node.lineno}: uses numpy.{node.attr}"
        yield from (
            f"line {taken.lineno}: takes the elements of a set in their order; sort them first"
            for taken in _taken_in_order(node)
            if _is_set(taken, sets)
        )


def _impure_imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif node.level:
        modules = ["engine.core"] if node.level == 1 else ["." * node.level + (node.module or "")]
    elif node.module in {"numpy", "collections", "engine"}:  # what is imported may itself be a module
        modules = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        modules = [node.module or ""]
    for module in modules:
        allowed = any(module == pure or module.startswith(pure + ".") for pure in PURE_MODULES)
        parts = module.split(".")
        if not allowed or (parts[0] == "numpy" and IMPURE_NUMPY.intersection(parts)):
            yield f"line {node.lineno}: imports {module}"


def _taken_in_order(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.For | ast.comprehension):
        yield node.iter
    elif isinstance(node, ast.Starred | ast.YieldFrom):
        yield node.value
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ORDER_TAKERS:
            yield from node.args
        elif name == "pop" and not node.args and isinstance(node.func, ast.Attribute):
            yield node.func.value


def _is_set(node: ast.expr, sets: frozenset[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in sets
    if isinstance(node, ast.Attribute):
        return node.attr in sets
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _is_set(node.left, sets) or _is_set(node.right, sets)
    if isinstance(node, ast.IfExp):
        return _is_set(node.body, sets) or _is_set(node.orelse, sets)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"set", "frozenset"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        makes_a_set = {"copy", "union", "intersection", "difference", "symmetric_difference"}
        return node.func.attr in makes_a_set and _is_set(node.func.value, sets)
    return False


def _names_of_sets(tree: ast.Module) -> frozenset[str]:
    """Names and attributes that hold a set somewhere in the module; blind to scope, to be safe."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_set(node.value, frozenset()):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and re.match(r"(frozen)?set\b", ast.unparse(node.annotation)):
            targets = [node.target]
        elif isinstance(node, ast.arg):
            if node.annotation and re.match(r"((frozen)?set|(Abstract)?Set)\b", ast.unparse(node.annotation)):
                found.add(node.arg)
            continue
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                found.add(target.id)
            elif isinstance(target, ast.Attribute):
                found.add(target.attr)
    return frozenset(found)


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_the_core_is_pure(path: Path) -> None:
    """No module of the core has I/O, a clock, dice, threads, the environment, or an order that may change."""
    assert list(impurities(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "fault",
    [
        "import time",
        "import datetime",
        "from datetime import datetime",
        "import random",
        "import os.path",
        "from pathlib import Path",
        "import logging",
        "import threading",
        "from collections import OrderedDict",
        "import numpy.random",
        "from numpy import random",
        "from numpy.random import default_rng",
        "import numpy as np\nnp.random.default_rng(1)",
        "import numpy as np\nnp.load('model.npy')",
        "from engine import feeds",
        "from engine.feeds import espn",
        "from ..feeds import espn",
        "from simulator import replay",
        "def f():\n    import secrets",
        "print('touchdown')",
        "open('model.json')",
        "key = hash(play)",
        "plays.sort(key=id)",
        "for down in {1, 2, 3}: pass",
        "for team in set(teams): pass",
        "names = [team for team in {team for team in teams}]",
        "names = ','.join(set(teams))",
        "first = list({1, 2} | others)",
        "total = sum(frozenset(gains))",
        "teams = {'home', 'away'}\nfor team in teams: pass",
        "class Game:\n    def f(self):\n        self.seen: set[str] = set()\n        return tuple(self.seen)",
        "def f(plays: frozenset[str]):\n    return [*plays]",
        "any_play = {1, 2}.pop()",
    ],
)
def test_the_purity_checker_catches(fault: str) -> None:
    """Each planted fault is named by the checker."""
    assert list(impurities(fault))


@pytest.mark.parametrize(
    "line",
    [
        "from __future__ import annotations",
        "from collections.abc import Iterable",
        "from collections import abc",
        "import numpy as np\nnp.exp(1.0)",
        "import msgspec.json",
        "from engine.core.events import Play",
        "from engine.core import events",
        "from .events import Play",
        "for team in sorted({'home', 'away'}): pass",
        "scored = 'TD' in {'TD', 'FG'}",
        "teams = ('home', 'away')\nfor team in teams: pass",
        "plays = [3, 1]\nplays.pop()",
        "identity = play.id",
    ],
)
def test_the_purity_checker_lets_pass(line: str) -> None:
    """What is pure is not called a fault."""
    assert list(impurities(line)) == []


# --- layers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("engine/core/planted.py", "from simulator import __doc__"),
        ("engine/core/planted.py", "import pandas"),
        ("engine/feeds/planted.py", "from engine.store import __doc__"),
        ("simulator/planted.py", "from loadtests import __doc__"),
        ("engine/planted.py", "import wpsim"),
    ],
)
def test_an_import_against_the_layers_is_caught(file: str, line: str, tmp_path: Path) -> None:
    """The layer contracts break when one upward or sideways import is planted."""
    for package in ("engine", "simulator", "loadtests", "calibration"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / file
    planted.parent.mkdir(exist_ok=True)
    (planted.parent / "__init__.py").touch()
    planted.write_text(line + "\n", encoding="utf-8")
    lint = Path(sys.executable).with_name("lint-imports")

    verdict = subprocess.run([lint, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert "1 broken" in verdict.stdout, verdict.stdout


# --- what is installed -------------------------------------------------------------------------------------

PIN = r"[a-z0-9-]+(?:\[[a-z0-9,-]+\])?==\S+"


def _names(requirements: Path) -> list[str]:
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def _unlocked(lock: str) -> Iterator[str]:
    """Every entry of a lock that is not pinned with a hash, or that says from where and not only what."""
    for entry in lock.replace("\\\n", " ").splitlines():
        if not re.match(rf"{PIN} ", entry) or "--hash=sha256:" not in entry or "://" in entry:
            yield entry[:80]


def test_the_wheel_asks_for_what_the_lock_resolves() -> None:
    """The names in pyproject.toml are those of requirements/runtime.in."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dependencies"] == _names(ROOT / "requirements" / "runtime.in")


@pytest.mark.parametrize("name", ["runtime", "dev", "lock"])
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    """A lock file pins each package by hash and names no index."""
    assert list(_unlocked((ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "fault",
    [
        "numpy>=2\n",
        "numpy==2.0 \n",
        "--index-url https://example.org\n",
        "numpy @ https://example.org/numpy.whl\n",
    ],
)
def test_an_open_lock_is_caught(fault: str) -> None:
    """A planted entry without pin, without hash or with an address is named."""
    assert list(_unlocked(fault))


def test_extras_that_a_package_asks_for_are_in_the_lock() -> None:
    """An older pip takes `coverage[toml]` for another requirement than a pinned `coverage`."""
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    asked = [Requirement(text) for installed in distributions() for text in installed.requires or ()]
    wanted = {
        f"{canonicalize_name(one.name)}[{','.join(sorted(one.extras))}]=="
        for one in asked
        if one.extras and (one.marker is None or one.marker.evaluate({"extra": ""}))
    }
    assert "coverage[toml]==" in wanted
    assert [pin for pin in sorted(wanted) if f"\n{pin}" not in lock] == []


def test_development_and_run_time_agree() -> None:
    """What is tested is what is shipped: every run-time pin is in the development lock too."""
    runtime = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    dev = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pins = re.compile(rf"^{PIN}", re.MULTILINE)
    assert set(pins.findall(runtime)) <= set(pins.findall(dev))


def test_the_wheel_carries_every_room() -> None:
    """Every top-level package is in the wheel, but for tests and benchmarks."""
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert rooms | {"wpsim.py", "data"} == set(WHEEL_LAYOUT)


# --- what is committed -------------------------------------------------------------------------------------

# Written in pieces, so that this file does not name what it looks for.
STRAY = re.compile(
    "|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "py" + "pi\\.org", "python" + "hosted"])
)


def test_no_committed_text_names_a_machine_or_a_package_registry() -> None:
    """A clone works anywhere: no path of one machine, no address of one registry."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the git checkout, to know which files are the project's")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    stray = []
    for name in filter(None, listing.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content and (found := STRAY.search(content.decode("utf-8", errors="replace"))):
            stray.append(f"{name}: {found.group()}")
    assert stray == []


def test_every_make_target_is_explained() -> None:
    """`make` alone shows every target with one line of help."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    shown = re.findall(r"^([a-z-]+):.* ## \S", makefile, re.MULTILINE)
    assert sorted(shown) == sorted(phony.group(1).split())
