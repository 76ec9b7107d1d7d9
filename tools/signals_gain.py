#!/usr/bin/env python3
"""What `arterial signals` wins on the cities of OpenStreetMap: the same random trips with the import's programs and with
those timed for them.

    tools/signals_gain.py [--bin DIR] [--write]     --write puts the table into docs/QUALITY.md

The data lies in ../shared/data beside the clone (or ARTERIAL_SHARED_DATA). Only the Python standard library is used.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CITIES = {"Helsinki": ("Helsinki.osm.pbf", 20), "London": ("london.osm.pbf", 20),
          "Berlin": ("berlin_centre_osm_bbox.osm.xml.gz", 20), "Baltimore": ("baltimore.osm.pbf", 15)}


def run(*command):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def measure(arterial, source, trips_per_lane_km):
    with tempfile.TemporaryDirectory() as scratch:
        base, timed = f"{scratch}/base.arnet", f"{scratch}/timed.arnet"
        run(arterial, "import", source, "-o", base)
        trips = round(json.loads(run(arterial, "inspect", base, "--json"))["lane_km"] * trips_per_lane_km)
        words = run(arterial, "signals", base, "-d", f"random:{trips}", "-o", timed)
        row = {"trips": trips, "signals": re.match(r"(\d+) of (\d+)", words).groups()}
        for name, network in (("base", base), ("timed", timed)):
            out = f"{scratch}/{name}"
            run(arterial, "run", network, "--demand", f"random:{trips}:3600", "--end", "02:00:00", "-o", out, "--quiet")
            row[name] = json.loads(Path(out, "summary.json").read_text())
        return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    places = [given.bin] if given.bin else [ROOT / "build/release/bin", ROOT / "build/dev/bin"]
    folder = next((p for p in places if (p / "arterial").exists()), None)
    if not folder:
        sys.exit("signals_gain: no program found; build it with ./dev build, or name its folder with --bin")
    data = Path(os.environ.get("ARTERIAL_SHARED_DATA", ROOT.parent / "shared/data")) / "osm_open"
    lines = ["| City | Trips | Signals timed | Arrived after two hours | Time of all trips, h | Violations |",
             "|---|---|---|---|---|---|"]
    for city, (file, density) in CITIES.items():
        if not (data / file).exists():
            print(f"{city}: {data / file} is not there; left out")
            continue
        row = measure(folder / "arterial", data / file, density)
        base, timed = row["base"], row["timed"]
        change = 100 * (timed["total_time_h"] / base["total_time_h"] - 1)
        broken = sum(base["violations"].values()) + sum(timed["violations"].values())
        lines.append(f"| {city} | {row['trips']:,} | {' of '.join(row['signals'])} | {base['arrived']:,} -> {timed['arrived']:,} "
                     f"| {base['total_time_h']:,.0f} -> {timed['total_time_h']:,.0f} ({change:+.0f} %) | {broken} |")
    table = "\n".join(lines) + "\n"
    print(table)
    if given.write:
        page = ROOT / "docs/QUALITY.md"
        text = page.read_text()
        mark = "one hour and one to clear):\n"
        page.write_text(text[:text.index(mark) + len(mark)] + "\n" + table)


if __name__ == "__main__":
    main()
