#!/usr/bin/env python3
"""Fuzzes every reader for a while and adds what was done to docs/ledger/fuzz.csv (date, commit, target, executions, hours,
finds). Resumable: what a fuzzer learnt stays in build/fuzz/learnt/TARGET, and the next call goes on from there.

    tools/fuzz_hours.py --minutes 10               every target, one after another
    tools/fuzz_hours.py --minutes 10 --jobs 2      two at once
    tools/fuzz_hours.py --minutes 10 net_xml zip   those whose name begins so
    tools/fuzz_hours.py --status                   hours and finds so far, by target

An input that crashes, leaks, hangs for 10 s or takes 2 GB is kept in build/fuzz/finds/TARGET, the ledger counts it, and
the exit code is 1. Build first: PRESET=fuzz ./dev build.
"""
import argparse
import concurrent.futures
import csv
import datetime
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "docs/ledger/fuzz.csv"
COLUMNS = ["date", "commit", "target", "executions", "hours", "finds"]
GOAL_HOURS = 10 / 60


def rows():
    if not LEDGER.exists():
        return []
    with LEDGER.open(newline="") as file:
        return list(csv.DictReader(file))


def write(all_rows):
    beside = LEDGER.with_suffix(".part")
    with beside.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(all_rows)
    beside.replace(LEDGER)


def status():
    hours, finds, executions = {}, {}, {}
    for row in rows():
        hours[row["target"]] = hours.get(row["target"], 0) + float(row["hours"])
        finds[row["target"]] = finds.get(row["target"], 0) + int(row["finds"])
        executions[row["target"]] = executions.get(row["target"], 0) + int(row["executions"])
    targets = sorted(p.stem for p in (ROOT / "tests/fuzz").glob("*_fuzz.cc"))
    for target in targets:
        done = hours.get(target, 0)
        print(f"{'green' if done >= GOAL_HOURS else 'open ':5}  {target:22} {done * 60:6.1f} of {GOAL_HOURS * 60:.0f} min, "
              f"{executions.get(target, 0):>12,} executions, {finds.get(target, 0)} finds")
    return 0 if all(hours.get(t, 0) >= GOAL_HOURS for t in targets) else 1


def fuzz(program, seconds, commit):
    name = program.name
    learnt, finds = ROOT / "build/fuzz/learnt" / name, ROOT / "build/fuzz/finds" / name
    learnt.mkdir(parents=True, exist_ok=True)
    finds.mkdir(parents=True, exist_ok=True)
    before = len(list(finds.iterdir()))
    seed = ROOT / "tests/fuzz/corpus" / name
    done = subprocess.run([str(program), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536",
                           "-print_final_stats=1", f"-artifact_prefix={finds}/", str(learnt), *([str(seed)] if seed.exists() else [])],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    count = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stdout)
    ran = re.findall(r"#(\d+)", done.stdout)
    seen = re.search(r"Done \d+ runs in (\d+) second", done.stdout)
    found = len(list(finds.iterdir())) - before
    if done.returncode and not found:
        sys.exit(f"{name}: {done.stdout[-800:]}")
    return {"date": datetime.date.today().isoformat(), "commit": commit, "target": name,
            "executions": count.group(1) if count else (ran[-1] if ran else "0"),
            "hours": f"{(int(seen.group(1)) if seen else 0) / 3600:.4f}", "finds": found}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--status", action="store_true")
    given = parser.parse_args()
    if given.status:
        return status()
    programs = sorted(p for p in (ROOT / "build/fuzz/bin").glob("*_fuzz")
                      if not given.targets or any(p.name.startswith(t) for t in given.targets))
    if not programs:
        sys.exit("fuzz_hours: no such target is built. PRESET=fuzz ./dev build")
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()
    found = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for row in pool.map(lambda p: fuzz(p, round(given.minutes * 60), commit), programs):
            write(rows() + [row])
            found += row["finds"]
            print(f"{row['target']:22} {int(row['executions']):>12,} executions in {float(row['hours']) * 60:.1f} min, {row['finds']} finds",
                  flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
