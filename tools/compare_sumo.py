#!/usr/bin/env python3
"""Runs SUMO and arterial on the same set, with the same commands every time, and prints them side by side.

    tools/compare_sumo.py [SET ...]           all sets, both programs, teleports off and at SUMO's default
    tools/compare_sumo.py --sumo-only --json reference.json
    tools/compare_sumo.py --arterial-only --reference reference.json
    tools/compare_sumo.py --osm               the OSM extracts: import, random trips, what arrives, which jams last
    tools/compare_sumo.py --threads 1 --teleport off --readme      and write the table of README.md
    tools/compare_sumo.py --teleport off --runs 5 --at-least 50 bologna_joined      the speed alone, in turns
    tools/compare_sumo.py --list              the sets and the exact SUMO command of each

The data lies in ../shared/data beside the clone (or ARTERIAL_SHARED_DATA). SUMO is `sumo` of SUMO_HOME, of PATH, or
of build/peer, a virtual environment that `--install` makes with `pip install eclipse-sumo`. arterial is --bin DIR,
by default build/release/bin or build/dev/bin. Only the Python standard library is used.

What is compared: trips of road vehicles (rail, tram and ship are not driven by arterial). "3600 s" is the state
begin + 3,600 s; "end" is the end stated below. Arrived means arrived at or before that state.
"""
import argparse
import csv
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_ROAD = ("tram", "rail", "ship")


@dataclass
class Set:
    """One SUMO scenario: what both programs get. Where the set has no end, both run to the one stated here."""

    folder: str
    begin: int
    end: int
    config: str = ""                # the set's own .sumocfg, or
    net: str = ""                   # net, routes and additional files one by one
    routes: list = field(default_factory=list)
    additional: list = field(default_factory=list)
    options: list = field(default_factory=list)  # SUMO's

    def sumo_arguments(self):
        if self.config:
            return ["-c", self.config, *self.options]
        arguments = ["-n", self.net, "-r", ",".join(self.routes)]
        if self.additional:
            arguments += ["-a", ",".join(self.additional)]
        return arguments + self.options


BERLIN_ROUTES = ["samplertrips.rou.xml", "samplertrips_bike.rou.xml", "parking_heavy.rou.xml",
                 "parking_vehicle.rou.xml"]
SETS = {
    "bologna_joined": Set("sumo_bologna/joined", 0, 7200, config="run.sumocfg"),
    "bologna_acosta": Set("sumo_bologna/acosta", 0, 7200, config="run.sumocfg"),
    "bologna_pasubio": Set("sumo_bologna/pasubio", 0, 7200, config="run.sumocfg"),
    "resco_cologne1": Set("sumo_resco_cologne/cologne1", 25200, 28800, config="cologne1.sumocfg"),
    "resco_cologne3": Set("sumo_resco_cologne/cologne3", 25200, 28800, config="cologne3.sumocfg"),
    "resco_cologne8": Set("sumo_resco_cologne/cologne8", 25200, 28800, config="cologne8.sumocfg"),
    # The configuration names osm.poly.xml, which the set does not hold; rail and ship trips are left to SUMO.
    "port_cologne": Set("sumo_port_cologne", 0, 3600, net="osm.net.xml.gz",
                        routes=["osm.passenger.trips.xml", "osm.truck.trips.xml"],
                        options=["--ignore-route-errors", "true"]),
    # scenario.sumocfg names tram.rou.xml and parking_cars.rou.xml, which the set does not hold.
    "berlin": Set("sumo_berlin_doerpfeldstr", 50300, 54100, net="net.net.xml.gz", routes=BERLIN_ROUTES,
                  additional=["vtypes.add.xml", "stops.add.xml", "tram_tls.add.xml"]),
    "berlin_all_modes": Set("sumo_berlin_doerpfeldstr", 50300, 54100, config="all_modes.sumocfg"),
}
OSM_FILES = {"helsinki": "helsinki", "berlin": "berlin", "london": "london", "baltimore": "baltimore",
             "zurich": "zrh", "andorra": "andorra"}


def fail(words):
    sys.exit(f"compare_sumo: {words}")


def data_folder():
    stated = os.environ.get("ARTERIAL_SHARED_DATA")
    folder = Path(stated) if stated else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        fail(f"{folder} is not there. Put the data beside the clone or set ARTERIAL_SHARED_DATA.")
    return folder


def find_sumo(install):
    home = os.environ.get("SUMO_HOME")
    places = [Path(home) / "bin" / "sumo"] if home else []
    on_path = shutil.which("sumo")
    if on_path:
        places.append(Path(on_path))
    peer = ROOT / "build" / "peer"
    places.insert(0, peer / "bin" / "sumo")
    for place in places:
        if place.is_file():
            return str(place)
    if not install:
        fail("no SUMO found. Set SUMO_HOME, or say --install to put the newest wheel into build/peer.")
    subprocess.run([sys.executable, "-m", "venv", str(peer)], check=True)
    subprocess.run([str(peer / "bin" / "pip"), "install", "--quiet", "eclipse-sumo"], check=True)
    return str(peer / "bin" / "sumo")


def find_arterial(stated):
    for folder in [stated] if stated else [ROOT / "build" / p / "bin" for p in ("release", "dev", "ci")]:
        if (Path(folder) / "arterial").is_file():
            return Path(folder) / "arterial"
    fail("no arterial found. Build it (./dev build) or say --bin DIR.")


def sumo_command(sumo, case, teleport, folder):
    """The one stated command of a set. The state `end` is the last one written, so SUMO's end is one step more."""
    command = [sumo, *case.sumo_arguments(), "--begin", str(case.begin), "--end", str(case.end + 1),
               "--no-step-log", "true", "--duration-log.statistics", "true", "--threads", "1",
               "--tripinfo-output", f"{folder}/tripinfo.xml", "--tripinfo-output.write-unfinished", "true",
               "--summary-output", f"{folder}/summary.xml", "--log", f"{folder}/log.txt", "--no-warnings", "true"]
    if teleport is not None:
        command += ["--time-to-teleport", str(teleport)]
    return command


def is_road(type_id):
    return not any(word in type_id.lower() for word in NOT_ROAD)


def read_tripinfo(path, begin, end):
    """Counts and means over road vehicles; ElementTree.iterparse keeps the memory flat."""
    departed = arrived = arrived_hour = departed_hour = 0
    duration = time_loss = depart_delay = 0.0
    for _, element in ElementTree.iterparse(path):
        if element.tag != "tripinfo":
            continue
        if is_road(element.get("vType", "")) and float(element.get("depart")) >= 0:
            departed += 1
            departed_hour += float(element.get("depart")) <= begin + 3600
            arrival = float(element.get("arrival"))
            if 0 <= arrival <= end:
                arrived += 1
                arrived_hour += arrival <= begin + 3600
                duration += float(element.get("duration"))
                time_loss += float(element.get("timeLoss"))
                depart_delay += float(element.get("departDelay"))
        element.clear()
    n = max(arrived, 1)
    return {"departed_3600": departed_hour, "arrived_3600": arrived_hour, "departed": departed, "arrived": arrived,
            "mean_trip_s": round(duration / n, 2), "mean_time_loss_s": round(time_loss / n, 2),
            "mean_depart_delay_s": round(depart_delay / n, 2)}


def read_summary(path, begin):
    """SUMO's own counts, all classes, at begin + 3,600 s and at the last state."""
    at_hour, last = {}, {}
    for _, element in ElementTree.iterparse(path):
        if element.tag == "step":
            last = dict(element.attrib)
            if abs(float(last["time"]) - (begin + 3600)) < 1e-6:
                at_hour = last
            element.clear()
    keep = ("time", "loaded", "inserted", "running", "waiting", "ended", "arrived", "teleports", "collisions")
    return {"summary_3600": {k: float(at_hour[k]) for k in keep if k in at_hour},
            "summary_end": {k: float(last[k]) for k in keep if k in last}}


def copy_set(case, scratch):
    """A copy of the set that can be written: detector definitions of SUMO write beside themselves."""
    folder = Path(scratch) / "set"
    shutil.copytree(data_folder() / case.folder, folder, copy_function=shutil.copy)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def run_sumo(sumo, name, teleport):
    case = SETS[name]
    with tempfile.TemporaryDirectory() as scratch:
        folder = copy_set(case, scratch)
        command = sumo_command(sumo, case, teleport, scratch)
        began = time.monotonic()
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wall = time.monotonic() - began
        if done.returncode != 0:
            return {"error": done.stdout.strip()[-800:], "command": " ".join(command).replace(scratch, "OUT")}
        row = read_tripinfo(f"{scratch}/tripinfo.xml", case.begin, case.end)
        row.update(read_summary(f"{scratch}/summary.xml", case.begin))
        log = Path(f"{scratch}/log.txt").read_text(errors="replace") + done.stdout
        found = re.search(r"UPS:\s*([\d.]+)", log)
        row.update(updates_per_s=float(found.group(1)) if found else None, wall_s=round(wall, 2),
                   command=" ".join(command).replace(scratch, "OUT"))
        return row


def read_trips_csv(path, begin, end):
    departed = arrived = arrived_hour = departed_hour = 0
    duration = time_loss = 0.0
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if row.get("replica", "0") not in ("0", ""):
                continue
            entered = float(row["entered_s"]) if row["entered_s"] else -1
            if entered < 0:
                continue
            departed += 1
            departed_hour += entered <= begin + 3600
            if row["status"] == "arrived":
                ended = float(row["ended_s"])
                if ended <= end:
                    arrived += 1
                    arrived_hour += ended <= begin + 3600
                    duration += float(row["trip_s"])
                    time_loss += float(row["time_loss_s"])
    n = max(arrived, 1)
    return {"departed_3600": departed_hour, "arrived_3600": arrived_hour, "departed": departed, "arrived": arrived,
            "mean_trip_s": round(duration / n, 2), "mean_time_loss_s": round(time_loss / n, 2)}


def write_sumocfg(case, folder):
    """A configuration for the sets that have none of their own, so that arterial's one-command import is used."""
    parts = [f'<net-file value="{case.net}"/>', f'<route-files value="{",".join(case.routes)}"/>']
    if case.additional:
        parts.append(f'<additional-files value="{",".join(case.additional)}"/>')
    path = folder / "compare.sumocfg"
    path.write_text(f"<configuration><input>{''.join(parts)}</input><time><begin value=\"{case.begin}\"/>"
                    f"<end value=\"{case.end}\"/></time></configuration>\n")
    return path


def run_arterial(arterial, name, threads):
    case = SETS[name]
    with tempfile.TemporaryDirectory() as scratch:
        folder = copy_set(case, scratch)
        config = folder / case.config if case.config else write_sumocfg(case, folder)
        steps = [[str(arterial), "import", str(config), "-o", f"{scratch}/city"],
                 [str(arterial), "run", f"{scratch}/city/scenario.yaml", "-o", f"{scratch}/out", "--begin",
                  str(case.begin), "--end", str(case.end), "--threads", str(threads), "--quiet"]]
        for command in steps:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode not in (0, 1) or (command[1] == "import" and done.returncode):
                return {"error": f"exit {done.returncode}: {done.stdout.strip()[-800:]}"}
        row = read_trips_csv(f"{scratch}/out/trips.csv", case.begin, case.end)
        summary = json.loads(Path(f"{scratch}/out/summary.json").read_text())
        if isinstance(summary, list):
            summary = summary[0]
        for key in ("updates_per_s", "wall_s", "state_hash", "violations", "rejected", "running", "waiting",
                    "mean_delay_s"):
            row[key] = summary.get(key)
        return row


def median_speeds(ours, theirs):
    """Of rows measured in turns the first of each, with the median of the speeds: a machine wanders."""
    pairs = [(a["updates_per_s"], b["updates_per_s"]) for a, b in zip(ours, theirs)
             if a.get("updates_per_s") and b.get("updates_per_s")]
    if pairs:
        ours[0]["updates_per_s"] = statistics.median(a for a, _ in pairs)
        theirs[0] = {**theirs[0], "updates_per_s": statistics.median(b for _, b in pairs),
                     "ratios": sorted(round(a / b, 1) for a, b in pairs)}
    return theirs[0]


def ratio_of(ours, row):
    return statistics.median(row["ratios"]) if row.get("ratios") else ours["updates_per_s"] / row["updates_per_s"]


def share(ours, theirs):
    return f"{100 * ours / theirs:6.1f} %" if theirs else "     - "


def print_table(results):
    print(f"{'set':18}{'program':22}{'arr 3600':>9}{'arr end':>9}{'trip s':>9}{'loss s':>9}{'UPS':>12}"
          f"{'3600':>9}{'end':>9}  violations")
    for name, rows in results.items():
        ours = rows.get("arterial")
        for program, row in rows.items():
            if "error" in row:
                print(f"{name:18}{program:22}{row['error'].splitlines()[-1] if row['error'] else 'failed'}")
                continue
            line = (f"{name:18}{program:22}{row['arrived_3600']:9}{row['arrived']:9}{row['mean_trip_s']:9.1f}"
                    f"{row['mean_time_loss_s']:9.1f}{row['updates_per_s'] or 0:12,.0f}")
            if program == "arterial":
                line += " " * 18 + f"  {json.dumps(row['violations'])}"
            elif ours and "error" not in ours:
                line += share(ours["arrived_3600"], row["arrived_3600"]).rjust(9)
                line += share(ours["arrived"], row["arrived"]).rjust(9)
                if row["updates_per_s"]:
                    line += f"  {ratio_of(ours, row):.0f} times its UPS"
                    if len(row.get("ratios", [])) > 1:
                        line += f" (median of {', '.join(f'{r:.0f}' for r in row['ratios'])})"
            print(line, flush=True)


SET_WORDS = {"bologna_joined": "Bologna joined", "bologna_acosta": "Bologna Acosta", "bologna_pasubio": "Bologna Pasubio",
             "resco_cologne1": "RESCO Cologne 1", "resco_cologne3": "RESCO Cologne 3", "resco_cologne8": "RESCO Cologne 8",
             "port_cologne": "Cologne port", "berlin": "Berlin Doerpfeldstrasse", "berlin_all_modes": "Berlin, all modes"}
BEGIN_TABLE, END_TABLE = "<!-- tools/compare_sumo.py --readme -->\n", "<!-- end -->\n"


def write_readme(results):
    """The table of README.md, from what was measured in this run (or read by --reference)."""
    lines = ["| set | arrived at 3,600 s, share of SUMO's | at the end | violations | updates a second | times SUMO's |",
             "|---|---|---|---|---|---|"]
    for name, rows in results.items():
        ours, theirs = rows.get("arterial"), rows.get("sumo, no teleports")
        if not ours or not theirs or "error" in ours or "error" in theirs:
            fail(f"{name}: --readme needs both programs, teleports off")
        lines.append(f"| {SET_WORDS[name]} | {100 * ours['arrived_3600'] / theirs['arrived_3600']:.1f} % | "
                     f"{100 * ours['arrived'] / theirs['arrived']:.1f} % | {sum(ours['violations'].values())} | "
                     f"{ours['updates_per_s'] / 1e6:.2f} million | {ratio_of(ours, theirs):.0f} |")
    path = ROOT / "README.md"
    before, _, rest = path.read_text().partition(BEGIN_TABLE)
    if not rest:
        fail(f"README.md has no line {BEGIN_TABLE.strip()}")
    scratch = path.with_suffix(".tmp")
    scratch.write_text(before + BEGIN_TABLE + "\n".join(lines) + "\n" + END_TABLE + rest.partition(END_TABLE)[2])
    os.replace(scratch, path)


def lane_metres(arterial, network):
    done = subprocess.run([str(arterial), "inspect", network, "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["lane_km"] * 1000


def compare_osm(arterial, names):
    folder = data_folder() / "osm_open"
    good = True
    for name in names or OSM_FILES:
        files = sorted(p for p in folder.rglob("*") if re.search(r"\.osm(\.pbf|(\.xml)?(\.gz|\.bz2)?)$", p.name)
                       and OSM_FILES.get(name, name) in p.name.lower())
        for file in files:
            with tempfile.TemporaryDirectory() as scratch:
                network = f"{scratch}/city.arnet"
                done = subprocess.run([str(arterial), "import", str(file), "-o", network], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
                if done.returncode:
                    print(f"{file.name}: import ended with {done.returncode}: {done.stdout.strip()[-400:]}")
                    good = False
                    continue
                trips = max(1, round(lane_metres(arterial, network) / 100))
                # One hour of departures, and as long again to arrive.
                done = subprocess.run([str(arterial), "run", network, "--demand", f"random:{trips}:3600", "-o",
                                       f"{scratch}/out", "--begin", "0", "--end", "7200", "--quiet"],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                if done.returncode not in (0, 1):
                    print(f"{file.name}: run ended with {done.returncode}: {done.stdout.strip()[-400:]}")
                    good = False
                    continue
                summary = json.loads(Path(f"{scratch}/out/summary.json").read_text())
                with open(f"{scratch}/out/jams.csv", newline="") as jams:
                    lasting = len({row["jam_id"] for row in csv.DictReader(jams) if row["until_s"] == ""})
                arrived = summary["arrived"] / max(summary["scheduled"], 1)
                fine = arrived >= 0.97 and lasting == 0 and not any(summary["violations"].values())
                good &= fine
                print(f"{file.name:40} trips {trips:6} scheduled {summary['scheduled']:6} rejected "
                      f"{summary['rejected']:5} arrived {100 * arrived:5.1f} % lasting jams {lasting} violations "
                      f"{json.dumps(summary['violations'])} {'ok' if fine else 'NOT MET'}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    parser.add_argument("--sumo-only", action="store_true")
    parser.add_argument("--arterial-only", action="store_true")
    parser.add_argument("--reference", help="take SUMO's rows from this file (written by --json)")
    parser.add_argument("--json", help="write what was measured")
    parser.add_argument("--bin", help="the folder of the arterial programs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1, help="measure both in turns so often; the median is told")
    parser.add_argument("--at-least", type=float, default=0, metavar="N", help="exit 1 below N times SUMO's UPS")
    parser.add_argument("--teleport", choices=("off", "default", "both"), default="both")
    parser.add_argument("--install", action="store_true", help="put the newest SUMO wheel into build/peer if missing")
    parser.add_argument("--osm", action="store_true")
    parser.add_argument("--readme", action="store_true", help="write the table of README.md (teleports off)")
    parser.add_argument("--readme-only", action="store_true", help="the same from --reference, without a run")
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()

    if given.list:
        for name, case in SETS.items():
            print(f"{name} (in {case.folder}):\n  {' '.join(sumo_command('sumo', case, -1, 'OUT'))}")
        return 0
    if given.osm:
        return 0 if compare_osm(find_arterial(given.bin), given.sets) else 1
    for name in given.sets:
        if name not in SETS:
            fail(f"there is no set {name}. The sets are {', '.join(SETS)}.")

    results = {name: {} for name in given.sets or SETS}
    if given.reference:
        reference = json.loads(Path(given.reference).read_text())
        for name in results:
            results[name] = {p: r for p, r in reference.get(name, {}).items() if p.startswith("sumo") or given.readme_only}
    if given.readme_only:
        write_readme(results)
        return 0
    sumo = None if given.arterial_only else find_sumo(given.install)
    arterial = None if given.sumo_only else find_arterial(given.bin)
    teleports = {"off": [("sumo, no teleports", -1)], "default": [("sumo", None)]}
    teleports["both"] = teleports["off"] + teleports["default"]
    for name in results:
        ours = [run_arterial(arterial, name, given.threads)] if arterial else []
        for program, teleport in teleports[given.teleport] if sumo else []:
            theirs = [run_sumo(sumo, name, teleport)]
            for _ in range(given.runs - 1):
                ours += [run_arterial(arterial, name, given.threads)] if arterial else []
                theirs.append(run_sumo(sumo, name, teleport))
            results[name][program] = median_speeds(ours, theirs) if ours else theirs[0]
            del ours[1:]
        if ours:
            results[name] = {"arterial": ours[0], **results[name]}
        if given.json:
            Path(given.json + ".tmp").write_text(json.dumps(results, indent=1) + "\n")
            os.replace(given.json + ".tmp", given.json)
        print_table({name: results[name]})
    if given.readme:
        write_readme(results)
    wrong = [row for rows in results.values() for row in rows.values() if "error" in row]
    slow = [name for name, rows in results.items() for row in rows.values()
            if row.get("ratios") and ratio_of(rows["arterial"], row) < given.at_least]
    for name in slow:
        print(f"{name}: less than {given.at_least:g} times SUMO's UPS")
    return 1 if wrong or slow else 0


if __name__ == "__main__":
    sys.exit(main())
