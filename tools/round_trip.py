#!/usr/bin/env python3
"""Map -> Arterial -> SUMO plain XML -> netconvert -> Arterial: what comes back the same, by id, and what does not.

    tools/round_trip.py                          the OpenStreetMap sets of the shared data
    tools/round_trip.py --sumo                   the SUMO nets of the shared data
    tools/round_trip.py MAP...                   other maps or .arnet files
    tools/round_trip.py [--sumo] --write docs/ROUND_TRIP.md

netconvert is looked for in --netconvert, the environment's NETCONVERT, build/peer (./dev bench peer puts it there) and
PATH. Exit code 0 if all links, lanes, connections, signals and phases come back, 1 if not, 2 if the tools are missing.
"""
import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OSM_SETS = [
    ("Helsinki", "osm_open/Helsinki.osm.pbf"),
    ("Berlin centre", "osm_open/berlin_centre_osm_bbox.osm.xml.gz"),
    ("London", "osm_open/london.osm.pbf"),
    ("Baltimore", "osm_open/baltimore.osm.pbf"),
    ("Zurich", "osm_open/zrh-center-bigroads.osm.pbf"),
    ("Andorra", "osm_open/andorra.osm.pbf"),
]
SUMO_SETS = [
    ("Bologna joined", "sumo_bologna/joined/joined_buslanes.net.xml"),
    ("Bologna Acosta", "sumo_bologna/acosta/acosta_buslanes.net.xml"),
    ("Bologna Pasubio", "sumo_bologna/pasubio/pasubio_buslanes.net.xml"),
    ("RESCO Cologne 1", "sumo_resco_cologne/cologne1/cologne1.net.xml"),
    ("RESCO Cologne 3", "sumo_resco_cologne/cologne3/cologne3.net.xml"),
    ("RESCO Cologne 8", "sumo_resco_cologne/cologne8/cologne8.net.xml"),
    ("Berlin Doerpfeldstrasse", "sumo_berlin_doerpfeldstr/net.net.xml.gz"),
    ("Cologne port", "sumo_port_cologne/osm.net.xml.gz"),
    ("Eichstaett", "sumo_eichstaett/eichstaett.net.xml.gz"),
]
KINDS = ["links", "lanes", "connections", "signals", "phases"]
BEYOND = ["junction types", "turns", "priorities", "right of way", "waiting places"]  # netconvert decides or may change these
TOLERANCE = 0.0011  # metres, m/s, seconds: files carry 4 decimals, and a sum of two pieces one more rounding


def find_netconvert(stated):
    wheels = sorted(ROOT.glob("build/peer/lib/*/site-packages/sumo/bin/netconvert"))
    for path in [stated, os.environ.get("NETCONVERT"), *wheels, shutil.which("netconvert")]:
        if path and Path(path).is_file():
            return str(path)
    return None


def run(command, log=None):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if log:
        Path(log).write_text(done.stdout)
    if done.returncode != 0:
        sys.exit(f"round_trip: {' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


def rows(path):
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def connection_key(row):
    return row["from_lane"] + " -> " + row["to_lane"]


class Tables:
    """One network, by id. A value is a dictionary of what is compared."""

    def __init__(self, programs, network, folder):
        run([programs / "arterial-inspect", network, "--tables", folder])
        for layer in ("links", "junctions"):
            run([programs / "arterial-export", network, "--layer", layer, "-o", folder / f"layer_{layer}.csv"])
        pick = lambda row, names: {name: row[name] for name in names.split()}
        self.links = {r["link_id"]: pick(r, "from_junction to_junction lanes length_m limit_mps allowed class name "
                                            "source_id roundabout") for r in rows(folder / "layer_links.csv")}
        self.lanes = {r["lane_id"]: pick(r, "link_id index length_m width_m speed_mps allowed no_change_left "
                                            "no_change_right x_begin_m y_begin_m x_end_m y_end_m")
                      for r in rows(folder / "lanes.csv") if r["internal"] == "0"}
        table = rows(folder / "connections.csv")
        self.connections = {connection_key(r): pick(r, "junction_id signal_id signal_index keep_clear length_m "
                                                       "speed_mps allowed") for r in table}
        self.turns = {connection_key(r): {"turn": r["turn"]} for r in table}
        self.priorities = {connection_key(r): {"priority": r["priority"]} for r in table}
        self.waiting_places = {connection_key(r): {"wait_m": r["wait_m"]} for r in table if float(r["wait_m"]) > 0}
        self.junction_types = {r["junction_id"]: {"type": r["type"]} for r in rows(folder / "layer_junctions.csv")}
        self.signals_and_phases(folder, table)
        self.conflicts(folder, table)

    def signals_and_phases(self, folder, table):
        turns_on_red = {(r["signal_id"], int(r["signal_index"])) for r in table if r["turn_on_red"] == "1"}
        self.signals, self.phases = {}, {}
        for r in rows(folder / "programs.csv"):
            # "red, but may turn" is a property of the connection here and a letter in SUMO
            state = "".join("s" if letter == "r" and (r["signal_id"], i) in turns_on_red else letter
                            for i, letter in enumerate(r["state"]))
            key = f"{r['signal_id']} {r['program_id']} {r['phase']}"
            self.phases[key] = {"duration_s": r["duration_s"], "state": state, "next": r["next"]}
            if r["actuated"] == "1":  # the shortest and longest of a fixed phase mean nothing
                self.phases[key] |= {"min_s": r["min_s"], "max_s": r["max_s"]}
            signal = self.signals.setdefault(r["signal_id"], {})
            signal[f"program {r['program_id']}"] = (r["active"], r["actuated"])
            signal[f"offset of {r['program_id']}"] = r["offset_s"]
            phases = f"phases of {r['program_id']}"
            signal[phases] = signal.get(phases, 0) + 1
        for r in table:
            if r["signal_id"]:
                self.signals[r["signal_id"]]["connection " + r["signal_index"] + " " + connection_key(r)] = 1

    def conflicts(self, folder, table):
        """Pairs of connections that share ground, and which of the two yields."""
        key = {r["connection_id"]: connection_key(r) for r in table}
        self.right_of_way = {}
        for r in rows(folder / "conflicts.csv"):
            a, b = key[r["a"]], key[r["b"]]
            yields = {a: r["a_yields"], b: r["b_yields"]}
            first, second = sorted((a, b))
            # Both or none: neither goes before the other by rule (sim/model/network.h).
            who = "neither" if yields[a] == yields[b] else "the first" if yields[first] == "1" else "the second"
            self.right_of_way[f"{first} x {second}"] = {"who yields": who}

    def of(self, kind):
        return getattr(self, kind.replace(" ", "_"))


def alike(x, y):
    if x == y:
        return True
    try:
        return abs(float(x) - float(y)) <= TOLERANCE
    except (TypeError, ValueError):
        return False


class Difference:
    def __init__(self, before, after):
        self.same = 0
        self.fields, self.examples = Counter(), {}
        self.only_before = [k for k in before if k not in after]
        self.only_after = [k for k in after if k not in before]
        for key in [k for k in before if k in after]:
            x, y = before[key], after[key]
            fields = [f for f in sorted(x.keys() | y.keys()) if not alike(x.get(f), y.get(f))]
            self.same += not fields
            for field in fields:
                self.fields[field] += 1
                self.examples.setdefault(field, (key, x.get(field), y.get(field)))
        self.all = len(before)
        self.differing = self.all - len(self.only_before) - self.same

    def is_empty(self):
        return self.differing == 0 and not self.only_before and not self.only_after


def round_trip(name, source, programs, netconvert, folder):
    folder.mkdir(parents=True, exist_ok=True)
    before, after, prefix = folder / "before.arnet", folder / "after.arnet", folder / "plain"
    if source.suffix == ".arnet":
        shutil.copy(source, before)
    else:
        run([programs / "arterial-import", source, "-o", before])
    run([programs / "arterial-export", before, "--format", "sumo", "-o", prefix])
    run([netconvert, "-c", f"{prefix}.netccfg"], folder / "netconvert.log")
    more = ["--additional", f"{prefix}.add.xml"] if Path(f"{prefix}.add.xml").exists() else []
    run([programs / "arterial-import", f"{prefix}.net.xml", *more, "-o", after])
    a, b = Tables(programs, before, folder / "a"), Tables(programs, after, folder / "b")
    return {kind: Difference(a.of(kind), b.of(kind)) for kind in KINDS + BEYOND}


def percent(difference):
    return f"{100 * difference.same / difference.all:.2f} %" if difference.all else "-"


def table(results, kinds):
    lines = ["| set | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for name, result in results.items():
        cells = []
        for kind in kinds:
            d = result[kind]
            cells.append(f"{d.same:,} of {d.all:,}" + ("" if d.is_empty() else f" ({percent(d)})"))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def shown(value):
    return "nothing" if value in (None, "") else f"`{value}`"


def differences(results):
    lines = []
    for name, result in results.items():
        for kind, d in result.items():
            for what, keys in (("lost", d.only_before), ("new", d.only_after)):
                if keys:
                    lines.append(f"- {name}, {kind}: {len(keys)} {what}, the first `{keys[0]}`")
            for field, count in d.fields.most_common():
                key, x, y = d.examples[field]
                lines.append(f"- {name}, {kind}: {count} differ in {field}; `{key}`: {shown(x)} -> {shown(y)}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maps", nargs="*", type=Path, help="maps or .arnet files; none: the sets of the shared data")
    parser.add_argument("--sumo", action="store_true", help="the SUMO nets of the shared data instead")
    parser.add_argument("--programs", type=Path, help="folder of arterial-import and the others")
    parser.add_argument("--netconvert")
    parser.add_argument("--data", type=Path, 
                        default=Path(os.environ.get("ARTERIAL_SHARED_DATA") or ROOT.parent / "shared" / "data"))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where all files stay; else they are removed")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="put the tables between the file's marks")
    arguments = parser.parse_args()
    programs = arguments.programs or next((p for p in (ROOT / "build/release/bin", ROOT / "build/dev/bin")
                                           if (p / "arterial-export").exists()), None)
    netconvert = find_netconvert(arguments.netconvert)
    if programs is None or netconvert is None:
        print("round_trip: " + ("arterial-export is not built" if programs is None else
              "no netconvert: install the package eclipse-sumo, or name it with --netconvert"), file=sys.stderr)
        return 2
    sets = [(m.name, m) for m in arguments.maps] or [
        (name, arguments.data / file) for name, file in (SUMO_SETS if arguments.sumo else OSM_SETS)]
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.keep or Path(temporary)
        for name, source in sets:
            if not source.exists():
                print(f"round_trip: {name} left out: no {source.name} there", file=sys.stderr)
                continue
            results[name] = round_trip(name, source, programs, netconvert, work / name.replace(" ", "_"))
    lines = table(results, KINDS) + [""] + table(results, BEYOND) + [""] + differences(results)
    version = run([netconvert, "--version"]).splitlines()[0].replace("Eclipse SUMO ", "")
    if arguments.write:
        text = arguments.write.read_text()
        begin, end = f"<!-- tools/round_trip.py{' --sumo' if arguments.sumo else ''} -->\n", "<!-- end -->"
        head, rest = text.split(begin)
        body = f"With {version}:\n\n" + "\n".join(lines) + "\n"
        arguments.write.write_text(head + begin + body + end + rest.split(end, 1)[1])
    print(version, *lines, sep="\n")
    return 0 if all(result[kind].is_empty() for result in results.values() for kind in KINDS) else 1


if __name__ == "__main__":
    sys.exit(main())
