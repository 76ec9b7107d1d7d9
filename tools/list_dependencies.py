#!/usr/bin/env python3
"""Writes docs/DEPENDENCIES.md from what ./dev installs and from Debian's own copyright files.

    tools/list_dependencies.py            on Debian, with everything installed (./dev setup)
    tools/list_dependencies.py --check    only fails if a package of ./dev has no entry, or a GPL-only one is linked
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "DEPENDENCIES.md"

# package of ./dev -> (how it is used, the package whose copyright file counts, what it is for)
USES = {
    "g++": ("build; its runtime is linked", "gcc-12-base", "compiler, libstdc++ and OpenMP (libgomp)"),
    "cmake": ("build", "cmake", "configures the build"),
    "ninja-build": ("build", "ninja-build", "runs the build"),
    "ccache": ("build", "ccache", "remembers what was compiled"),
    "pkg-config": ("build", "pkgconf", "finds cairo and pango"),
    "python3": ("tests and tools", "python3", "layer check, outside checker, tools"),
    "libexpat1-dev": ("linked", "libexpat1", "SUMO and other XML"),
    "zlib1g-dev": ("linked", "zlib1g", "compressed inputs and outputs"),
    "libbz2-dev": ("linked", "libbz2-1.0", ".osm.bz2"),
    "libxxhash-dev": ("headers", "libxxhash-dev", "hashes of inputs for the manifest"),
    "libosmium2-dev": ("headers", "libosmium2-dev", "OpenStreetMap files"),
    "libprotozero-dev": ("headers", "libprotozero-dev", "PBF decoding for libosmium"),
    "libgdal-dev": ("linked by arterial-import and arterial-export only", "libgdal32", "GIS layers"),
    "libyaml-cpp-dev": ("linked", "libyaml-cpp0.7", "scenario files"),
    "libcli11-dev": ("headers", "libcli11-dev", "command lines"),
    "libcairo2-dev": ("linked", "libcairo2", "map.png"),
    "libpango1.0-dev": ("linked", "libpango-1.0-0", "text in pictures"),
    "fonts-dejavu-core": ("used at run time", "fonts-dejavu-core", "a font for pictures"),
    "catch2": ("tests", "catch2", "C++ tests"),
    "libthrust-dev": ("headers, where no CUDA toolkit is", "libthrust-dev", "parallel primitives"),
    "clang-format": ("habits", "clang-format-14", "./dev format"),
    "clang": ("habits", "clang-14", "presets tsan and fuzz"),
    "libclang-rt-14-dev": ("habits", "libclang-rt-14-dev", "sanitizers and libFuzzer"),
    "libomp-14-dev": ("habits", "libomp-14-dev", "OpenMP that ThreadSanitizer can follow"),
    "clang-tidy": ("habits", "clang-tidy-14", "./dev lint"),
}
# Copyright files that are prose: read by people, stated here.
STATED = {
    "libxxhash-dev": "BSD-2-Clause",
    "gcc-12-base": "GPL-3+ with the GCC Runtime Library Exception",
    "libcairo2": "LGPL-2.1 or MPL-1.1",
    "libbz2-1.0": "bzip2 (BSD-like)",
    "libgdal32": "MIT (Expat)",
    "libpango-1.0-0": "LGPL-2+",
    "fonts-dejavu-core": "Bitstream Vera (free)",
    "python3": "PSF-2",
    "libthrust-dev": "Apache-2.0",
    "ccache": "GPL-3+",
    "clang-format-14": "Apache-2.0 with LLVM exception",
    "clang-14": "Apache-2.0 with LLVM exception",
    "libclang-rt-14-dev": "Apache-2.0 with LLVM exception",
    "libomp-14-dev": "Apache-2.0 with LLVM exception",
    "clang-tidy-14": "Apache-2.0 with LLVM exception",
    "cmake": "BSD-3-Clause",
    "ninja-build": "Apache-2.0",
}
NOTES = """
- **No GPL-only library is linked by arterial itself.** Debian's GDAL can load readers for formats that we never open
  (PDF through poppler, GPL-2); GDAL therefore stays behind the import and export programs, and those allow only the
  drivers they name.
- **CUDA** (optional): where nvcc is found, the CUDA runtime and CUB/Thrust (Apache-2.0 with LLVM exception) of the
  toolkit are used under NVIDIA's terms. No part of it is in this repository.
- **SUMO** (EPL-2.0) is a peer that tools/compare_sumo.py runs; it is never linked or shipped.
"""


def packages_of_dev():
    text = (ROOT / "dev").read_text()
    names = []
    for block in re.findall(r"^\w+_packages=\((.*?)\)", text, re.DOTALL | re.MULTILINE):
        names += block.split()
    return names + ["libthrust-dev"]


def dpkg(package, field):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${" + field + "}", package], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def licence_of(package):
    """The licence of `Files: *` in a machine-readable copyright file."""
    if package in STATED:
        return STATED[package]
    path = Path("/usr/share/doc") / package / "copyright"
    if not path.exists():
        return ""
    for stanza in re.split(r"\n\s*\n", path.read_text(errors="replace")):
        if re.search(r"^Files:\s*\*\s*$", stanza, re.MULTILINE):
            found = re.search(r"^License:[ \t]*(.+)$", stanza, re.MULTILINE)
            if found:
                return found.group(1).strip()
    return ""


def main():
    problems, rows = [], []
    for package in packages_of_dev():
        if package not in USES:
            problems.append(f"{package}: ./dev installs it, tools/list_dependencies.py does not know what for")
            continue
        use, counts, what = USES[package]
        licence = licence_of(counts)
        if not licence and dpkg(counts, "Version"):
            problems.append(f"{counts}: no licence found; read its copyright file and state it")
        if ("linked" in use or "headers" in use) and re.match(r"A?GPL", licence) and "xception" not in licence:
            problems.append(f"{counts}: {licence} must not be linked")
        rows.append((package, dpkg(package, "Version") or "-", licence or "-", use, what))
    if "--check" not in sys.argv[1:] and not problems:
        lines = ["# Dependencies", "", "Generated by tools/list_dependencies.py from Debian's copyright files; edit that, not this.", "",
                 "| package | version here | licence | use | what for |", "|---|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text("\n".join(lines) + "\n" + NOTES)
    print("\n".join(problems) if problems else f"{len(rows)} packages")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
