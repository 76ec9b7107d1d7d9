#!/usr/bin/env python3
"""Every goal of speed in one call: SUMO and arterial side by side, threads, size, bytes, outputs, import, load.

    ./dev bench peer                  everything, 5 measurements each; writes docs/BENCHMARKS.md; exit code 1: a goal is missed
    ./dev bench peer --short          a minute or two, smaller cities, one measurement: for trying the tool, writes nothing
    ./dev bench peer --only size      parts: sumo, city, size, outputs, import
    ./dev bench peer --vehicles 5000000 --vehicles 10000000   sizes beside the usual ones (10,000, 100,000, 1,000,000)

SUMO runs on one thread, as of compare_sumo.py (--install puts the newest wheel into build/peer). Its figure is its own
UPS: vehicle updates over the seconds of its loop, loading left out; arterial's is updates_per_s of summary.json, with
reading of routes, routing and outputs in it. Runs of the two alternate. In the invented city both are timed by steps
alone. What is not the same is said in the table.
"""
import argparse
import gzip
import json
import multiprocessing
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import compare_sumo  # noqa: E402

ROOT = compare_sumo.ROOT
USUAL_SIZES = [10_000, 100_000, 1_000_000]
SETS = {"bologna_joined": ("Bologna joined", 100), "berlin": ("Berlin Doerpfeldstrasse", 100)}
OSM_NODES = 350_000
SKIPPED = 3     # steps in which SUMO takes in who is under way
rows = []       # (part, what, goal, figure, met, remark)


def note(part, what, goal, figure, met, remark=""):
    rows.append((part, what, goal, figure, met, remark))
    print(f"{'met' if met else 'RED' if met is False else '   '}  {what}: {figure} (goal: {goal})" + (f"; {remark}" if remark else ""),
          flush=True)


def run(command, **more):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode not in (0, 1):
        sys.exit(f"bench_speed: exit code {done.returncode} of {' '.join(map(str, command))}\n{done.stdout[-1500:]}")
    return done.stdout


def run_measured(command):
    """Seconds and the largest memory of one command, in bytes."""
    began = time.monotonic()
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    words = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"bench_speed: exit code {child.returncode} of {' '.join(map(str, command))}\n{words[-1500:]}")
    return time.monotonic() - began, usage.ru_maxrss * 1024


def ups_of(text):
    found = re.search(r"UPS:\s*([\d.]+)", text)
    if not found:
        sys.exit(f"bench_speed: SUMO states no UPS:\n{text[-800:]}")
    return float(found.group(1))


# --------------------------------------------------------------------------------------------- SUMO beside it

def compare_sets(o):
    for name, (words, goal) in SETS.items():
        case = compare_sumo.SETS[name]
        end = min(case.end, case.begin + o.seconds)
        ours, theirs, violations = [], [], 0
        with tempfile.TemporaryDirectory() as scratch:
            folder = compare_sumo.copy_set(case, scratch)
            config = folder / case.config if case.config else compare_sumo.write_sumocfg(case, folder)
            run([o.arterial, "import", config, "-o", f"{scratch}/city"])
            for _ in range(o.runs):
                theirs.append(ups_of(run([o.sumo, *case.sumo_arguments(), "--begin", case.begin, "--end", end, "--no-step-log", "true",
                                          "--duration-log.statistics", "true", "--threads", "1", "--no-warnings", "true",
                                          "--time-to-teleport", "-1"], cwd=folder)))
                run([o.arterial, "run", f"{scratch}/city/scenario.yaml", "-o", f"{scratch}/out", "--begin", case.begin, "--end", end,
                     "--threads", 1, "--quiet"])
                summary = json.loads(Path(f"{scratch}/out/summary.json").read_text())
                ours.append(summary["updates_per_s"])
                violations = max(violations, sum(summary["violations"].values()))
                run(["rm", "-rf", f"{scratch}/out"])
        a, b = statistics.median(ours), statistics.median(theirs)
        note("SUMO", f"{words}, one thread beside SUMO's one", f"{goal} times SUMO's UPS", f"{a / b:.0f} times", a >= goal * b,
             f"{a / 1e6:.2f} against {b / 1e6:.3f} million a second, {end - case.begin} s, teleports off, {violations} violations")


def speed_rows(text):
    """Of the table that `arterial bench speed` prints: machine -> (vehicles, updates/s, bytes, copy GB/s, share)."""
    found = {}
    for name, *numbers in re.findall(r"^(cpu, 1 thread|cpu, all threads)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+([\d.]+) %", text, re.M):
        found[name] = tuple(map(float, numbers))
    if "cpu, 1 thread" not in found:
        sys.exit(f"bench_speed: no figure in\n{text[-1500:]}")
    return found


def bench_speed(o, vehicles, *more):
    return run([o.arterial, "bench", "speed", "--vehicles", vehicles, "--runs", o.runs, *more])


def compare_city(o):
    """Both start from one state of an invented city: SUMO gets every vehicle where it is, on what is left of its way."""
    vehicles, steps = (3_000, 20) if o.short else (100_000, 8)
    with tempfile.TemporaryDirectory() as scratch:
        text = o.texts[vehicles] = bench_speed(o, vehicles, "--threads", 2, "--sumo", scratch)
        under_way, ours, *_ = speed_rows(text)["cpu, 1 thread"]
        left_out = int(re.search(r"(\d+) inside a junction", text).group(1))
        netconvert = Path(o.sumo).parent / "netconvert"
        run([netconvert, *(f"--{kind}-files={scratch}/city.{short}.xml" for kind, short in
                           (("node", "nod"), ("edge", "edg"), ("connection", "con"), ("tllogic", "tll"))),
             "-o", f"{scratch}/city.net.xml", "--no-warnings", "--no-turnarounds", "--offset.disable-normalization"])
        run([o.sumo, "-n", f"{scratch}/city.net.xml", "-r", f"{scratch}/under_way.rou.xml", "--end", SKIPPED + steps, "--no-step-log", "true",
             "--threads", "1", "--no-warnings", "true", "--time-to-teleport", "-1", "--ignore-route-errors", "true",
             "--collision.action", "none", "--summary-output", f"{scratch}/summary.xml"])
        states = [element.attrib for element in ElementTree.parse(f"{scratch}/summary.xml").getroot().iter("step")][SKIPPED:]
        theirs = statistics.median(1000 * float(s["running"]) / max(1.0, float(s["duration"])) for s in states)
        running = statistics.median(float(s["running"]) for s in states)
        note("SUMO", f"invented city, {under_way:,.0f} vehicles under way, one thread", "300 times SUMO's UPS", f"{ours / theirs:.0f} times",
             None if o.short else ours >= 300 * theirs,
             f"{ours / 1e6:.2f} against {theirs / 1e6:.3f} million a second (median of {len(states)} steps after the {SKIPPED} in which "
             f"SUMO takes them in) from the same state; the same links, lanes, turns, signal programs, vehicles and ways, but SUMO draws "
             f"the paths inside junctions and who yields there itself; {left_out:,} that were inside a junction are left out there, and "
             f"{running:,.0f} run")


# --------------------------------------------------------------------------------------------- size and threads

def compare_sizes(o):
    sizes = [2_000, 5_000] if o.short else sorted(set(USUAL_SIZES + o.vehicles))
    costs = {}
    for vehicles in sizes:
        # Two threads where the goal begins; a million and more take too long twice.
        both = vehicles <= 300_000 and not (o.short and vehicles != sizes[-1])
        text = o.texts.get(vehicles) or bench_speed(o, vehicles, "--threads", 2, *([] if both else ["--machines", "one"]))
        hot = int(re.search(r"(\d+) hot bytes", text).group(1))
        lane_km = float(re.search(r"([\d.]+) lane-km", text).group(1))
        found = speed_rows(text)
        under_way, ups, moved, copy, share = found["cpu, 1 thread"]
        costs[vehicles] = 1e9 / ups
        note("size", f"{under_way:,.0f} vehicles, one thread: bytes moved per update", "at most 200", f"{moved:.0f}", moved <= 200,
             f"{1e9 / ups:.0f} ns an update ({ups / 1e6:.2f} million a second), {under_way / lane_km:.1f} vehicles a lane-km; copy {copy} GB/s, "
             f"of which {share} % is used")
        if vehicles == sizes[0]:
            note("size", "hot bytes a vehicle", "at most 24", f"{hot}", hot <= 24)
        if "cpu, all threads" in found:
            gain = found["cpu, all threads"][1] / ups
            goal = vehicles >= 100_000
            note("threads", f"{under_way:,.0f} vehicles: two threads over one", "1.7 from 100,000 vehicles on", f"{gain:.2f}",
                 gain >= 1.7 if goal else None, f"copy on two threads {found['cpu, all threads'][3]} GB/s")
    flat = max(costs.values()) / min(costs.values())
    note("size", f"cost of an update from {min(costs):,} to {max(costs):,} vehicles, dearest over cheapest", "at most 1.25", f"{flat:.2f}",
         None if o.short else flat <= 1.25, ", ".join(f"{n:,}: {c:.0f} ns" for n, c in costs.items()))


# --------------------------------------------------------------------------------------------- outputs

def compare_outputs(o):
    case = compare_sumo.SETS["bologna_joined"]
    end = case.begin + o.seconds
    forms = {"plain": ["--interval", o.seconds], "links": ["--interval", 60], "columns": ["--interval", o.seconds, "--fcd", "{}/all.arfcd"],
             "csv": ["--interval", o.seconds, "--fcd", "{}/all.csv"]}
    walls = {form: [] for form in forms}
    with tempfile.TemporaryDirectory() as scratch:
        folder = compare_sumo.copy_set(case, scratch)
        run([o.arterial, "import", folder / case.config, "-o", f"{scratch}/city"])
        for _ in range(o.runs):
            for form, options in forms.items():
                run([o.arterial, "run", f"{scratch}/city/scenario.yaml", "-o", f"{scratch}/out", "--begin", case.begin, "--end", end,
                     "--threads", 1, "--quiet", *(str(x).format(scratch) for x in options)])
                walls[form].append(json.loads(Path(f"{scratch}/out/summary.json").read_text())["wall_s"])
                run(["rm", "-rf", f"{scratch}/out"])
    plain = statistics.median(walls["plain"])
    for form, goal, words in (("links", 10, "links.csv and movements.csv every minute"),
                              ("columns", 30, "every vehicle at every state, as columns (.arfcd)"), ("csv", None, "the same as CSV")):
        share = 100 * (statistics.median(walls[form]) / plain - 1)
        note("outputs", f"{words}, beside one interval for the whole run", f"less than {goal} % of the run" if goal else "none: columns are for that",
             f"{share:.0f} %", share < goal if goal else None,
             f"Bologna joined, {o.seconds} s, one thread of the simulation: {statistics.median(walls[form]):.2f} against {plain:.2f} s")


# --------------------------------------------------------------------------------------------- import and load

def write_many(extract, copies, path):
    """The extract again and again, side by side: other ids, moved to the east."""
    opener = gzip.open if str(extract).endswith(".gz") else open
    with opener(extract) as file:
        tree = ElementTree.parse(file).getroot()
    lons = [float(n.get("lon")) for n in tree.iter("node")]
    width = max(lons) - min(lons) + 0.002
    nodes = 0
    with open(path, "w") as out:
        out.write('<osm version="0.6">\n')
        for kind in ("node", "way", "relation"):
            for k in range(copies):
                shift = k * 10 ** 11
                for element in tree.iter(kind):
                    attributes = f'id="{int(element.get("id")) + shift}" version="1"'
                    if kind == "node":
                        nodes += 1
                        attributes += f' lat="{element.get("lat")}" lon="{float(element.get("lon")) + k * width:.7f}"'
                    out.write(f"<{kind} {attributes}>")
                    for part in element:
                        values = dict(part.attrib)
                        if "ref" in values:
                            values["ref"] = str(int(values["ref"]) + shift)
                        piece = ElementTree.Element(part.tag, values)
                        out.write(ElementTree.tostring(piece, encoding="unicode"))
                    out.write(f"</{kind}>\n")
        out.write("</osm>\n")
    return nodes


def compare_import(o):
    extract = compare_sumo.data_folder() / "osm_open" / "berlin_centre_osm_bbox.osm.xml.gz"
    with gzip.open(extract, "rt") as file:
        per_copy = sum(line.lstrip().startswith("<node ") for line in file)
    with tempfile.TemporaryDirectory() as scratch:
        copies = 1 if o.short else -(-OSM_NODES // per_copy)
        # In a process of its own: a child's largest memory counts from this one's size on.
        with multiprocessing.Pool(1) as pool:
            nodes = pool.apply(write_many, (extract, copies, f"{scratch}/city.osm"))
        measured = [run_measured([o.arterial, "import", f"{scratch}/city.osm", "-o", f"{scratch}/city.arnet"]) for _ in range(1 if o.short else 3)]
        took, memory = statistics.median(m[0] for m in measured), max(m[1] for m in measured)
        full = nodes >= OSM_NODES
        words = f"import of {nodes:,} OSM nodes ({copies} copies of the centre of Berlin side by side)"
        note("import", f"{words}: time", "under 20 s", f"{took:.1f} s", took < 20 if full else None)
        note("import", f"{words}: memory", "under 1.5 GB", f"{memory / 1e9:.2f} GB", memory < 1.5e9 if full else None)
        blocks = 400 if o.short else 10_000
        run([o.arterial, "synthetic-gpkg", "--size", blocks, "--seed", 1, "-o", f"{scratch}/city.gpkg"])
        took, memory = run_measured([o.arterial, "import", f"{scratch}/city.gpkg", "-o", f"{scratch}/drawn.arnet"])
        note("import", f"import of an invented city of {blocks:,} blocks (GeoPackage)", "under 20 s and 1.5 GB",
             f"{took:.1f} s, {memory / 1e9:.2f} GB", None if o.short else took < 20 and memory < 1.5e9)
    text = run([o.arterial, "bench", "load", "--runs", max(o.runs, 2), *(["--size", 1000] if o.short else [])])
    lanes, took = re.search(r"(\d+) lanes read in ([\d.]+) s", text).groups()
    note("import", f"loading a network file of {int(lanes):,} lanes", "under 0.2 s", f"{took} s",
         float(took) < 0.2 if int(lanes) >= 490_000 else None)


# --------------------------------------------------------------------------------------------- all of it

def machine_words():
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
                 platform.machine())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1)) / 1e6
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} before the start"


def write_page(o, machine, minutes):
    revision = next((line.split()[1] for line in run([o.arterial, "--version"]).splitlines() if line.split()[:1] == ["revision"]), "?")
    lines = ["# Benchmarks", "",
             f"Written by `{o.command}` on {datetime.now(timezone.utc):%Y-%m-%d} at commit {revision}, in {minutes:.0f} minutes. {machine}. "
             f"{o.sumo_version}, one thread. Medians of {o.runs} measurements. RED: a goal that is missed.", "",
             "| | what | goal | measured | | remark |", "|---|---|---|---|---|---|"]
    for part, what, goal, figure, met, remark in rows:
        verdict = "met" if met else "**RED**" if met is False else ""
        lines.append(f"| {part} | {what} | {goal} | {figure} | {verdict} | {remark} |")
    lines += ["", "Nothing has been measured on a GPU in this call: `tools/device_check.sh` does that where there is one.", ""]
    path = ROOT / "docs" / "BENCHMARKS.md"
    scratch = path.with_suffix(".tmp")
    scratch.write_text("\n".join(lines))
    scratch.replace(path)
    print(f"{path.relative_to(ROOT)} is written")


PARTS = {"sumo": compare_sets, "city": compare_city, "size": compare_sizes, "outputs": compare_outputs, "import": compare_import}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", help="folder of arterial's programs (build/release/bin)")
    parser.add_argument("--install", action="store_true", help="put SUMO into build/peer where there is none")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1200, help="simulated, of the sets of SUMO")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="may be repeated")
    parser.add_argument("--vehicles", action="append", type=int, default=[], help="one more size; may be repeated")
    parser.add_argument("--short", action="store_true")
    o = parser.parse_args()
    if o.runs < 1 or o.seconds < 60:
        sys.exit("bench_speed: --runs is at least 1, --seconds at least 60")
    if o.short:
        o.runs, o.seconds = 1, min(o.seconds, 300)
    parts = o.only or list(PARTS)
    o.arterial = compare_sumo.find_arterial(o.bin)
    o.command = "./dev bench peer" + "".join(f" {word}" for word in sys.argv[1:] if word != "--bin" and word != o.bin)
    o.texts = {}  # what bench_speed said of a size, so that the city beside SUMO is not drawn twice
    o.sumo, o.sumo_version = None, "SUMO not run"
    if "sumo" in parts or "city" in parts:
        o.sumo = compare_sumo.find_sumo(o.install)
        o.sumo_version = run([o.sumo, "--version"]).splitlines()[0]
    machine = machine_words()
    print(f"{machine}; {o.sumo_version}")
    began = time.monotonic()
    for part in parts:
        started = time.monotonic()
        PARTS[part](o)
        print(f"     ({part}: {time.monotonic() - started:.0f} s)", flush=True)
    red = sum(row[4] is False for row in rows)
    print(f"{len(rows)} rows, {red} red, {(time.monotonic() - began) / 60:.1f} minutes")
    if not o.short and not o.only:
        write_page(o, machine, (time.monotonic() - began) / 60)
    sys.exit(1 if red else 0)


if __name__ == "__main__":
    main()
