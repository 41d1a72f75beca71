"""What processes and the whole machine hold in memory, as Linux tells it under `/proc`.

Three measures, each for its purpose. RSS is cheap and counts pages that processes share once for each of
them, so a sum over forty processes is too high; PSS shares them out, and is dear to ask for; what the machine
has used holds everything, the kernel's sockets and their buffers too, and everybody else's programs.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_MIB: Final = 1024 * 1024
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def tree_of(pids: Iterable[int]) -> list[int]:
    """Return these processes and all that descend from them now, the given ones first."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The name of a program may hold anything; the fields after it do not.
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
                children[int(fields.split()[1])].append(int(folder.name))
    found = list(dict.fromkeys(pids))
    known = set(found)
    for pid in found:  # grows while it is walked
        new = [child for child in children[pid] if child not in known]
        known.update(new)
        found += new
    return found


def rss_mb(pids: Iterable[int]) -> float:
    """Return the resident memory of processes together, MiB; one that is gone holds none."""
    pages = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages += int((PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE / _MIB


def pss_mb(pids: Iterable[int]) -> float:
    """Return the same with each shared page shared out among those that have it; some 10 ms a process."""
    kib = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            told = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii")
            kib += next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))
    return kib / 1024


def system_used_mb() -> float:
    """Return what the machine cannot give to anybody now, MiB: MemTotal - MemAvailable; 0: not told."""
    told: dict[str, int] = {}
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (PROC / "meminfo").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            told[name] = int(value.split()[0])
    if "MemTotal" not in told or "MemAvailable" not in told:
        return 0.0
    return (told["MemTotal"] - told["MemAvailable"]) / 1024
