#!/usr/bin/env python3
"""Writes a CTest file with one test per Catch2 case of a program. Catch2's own script splits names at semicolons and
brackets, which sentences have.

    tests/list_cases.py PROGRAM ROOM CTEST_FILE
"""
import subprocess
import sys


def names_of(program):
    # Catch2 v2 counts the cases in its exit code; v3 does not know the first form.
    for arguments in (["--list-test-names-only"], ["--list-tests", "--verbosity", "quiet"]):
        done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        names = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        if names and not done.stderr.strip():
            return names
    sys.exit(f"list_cases: {program} lists no test case: {done.stderr.strip()[:400]}")


def selection_of(name):
    """The name as Catch2's command line takes it."""
    for letter in '\\,[]"':
        name = name.replace(letter, "\\" + letter)
    return name


def main():
    program, room, path = sys.argv[1:]
    lines = []
    for name in names_of(program):
        title = f"{room}: {name}"
        lines.append(f"add_test([==[{title}]==] [==[{program}]==] [==[{selection_of(name)}]==])")
        # Threads that wait leave the cores to other tests.
        lines.append(f"set_tests_properties([==[{title}]==] PROPERTIES TIMEOUT 600 ENVIRONMENT OMP_WAIT_POLICY=passive)")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
