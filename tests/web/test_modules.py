"""The page's modules by themselves, under Node where there is one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from engine.web import STATIC

NODE_S = 60.0


@pytest.fixture(scope="module")
def node() -> str:
    """The Node that is installed."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs Node: no `node` is on the path")
    return found


def test_every_module_is_sound(node: str) -> None:
    """Each script parses, as the module or the plain script that it is."""
    scripts = sorted(STATIC.glob("*.js"))
    assert scripts
    for script in scripts:
        text = script.read_bytes()
        kind = "commonjs" if script.name == "theme.js" else "module"
        done = subprocess.run(
            [node, "--check", f"--input-type={kind}", "-"],
            input=text,
            capture_output=True,
            check=False,
            timeout=NODE_S,
        )
        assert done.returncode == 0, f"{script.name}: {done.stderr.decode()}"


def test_state_words_and_geometry_hold(node: str) -> None:
    """The modules that know no page keep their promises: offsets, back-off, axis, words, freshness."""
    tests = Path(__file__).with_name("modules.test.mjs")
    done = subprocess.run(
        [node, "--test", str(tests)], capture_output=True, text=True, check=False, timeout=NODE_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
