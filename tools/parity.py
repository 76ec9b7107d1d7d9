#!/usr/bin/env python3
"""Parity with SUMO: both programs with the same seeds on every demand-carrying SUMO set, metric by metric.

    tools/parity.py [SET ...]                 10 seeds each; what was run before is kept and not run again
    tools/parity.py --seeds 3 --report docs   and write docs/PARITY.md with a difference map of each set

Runs are kept in --cache (build/parity): one JSON file for a program, set and seed, named after the version of SUMO or
the commit of Arterial, so that a long proof accumulates over sessions. Teleports are off. Exit status 1: a gate is red.

Gates (means over the seeds): total time and mean trip within 10 % of SUMO's, discharge of the signal approaches that
discharge at least 100 vehicles an hour within 5 % each, GEH below 5 on 95 % of the hourly link flows, speeds within 15 %
or 5 km/h on 85 % of the quarter hours of links on which both drove at least a vehicle-minute.
"""
import argparse
import csv
import gzip
import html
import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent))
import compare_sumo as peer  # noqa: E402

QUARTER_S = 900
LEAST_DISCHARGE_VPH = 100
LEAST_VEHICLE_S = 60
METRICS = [("total_time_h", "total time of all loaded trips, h"), ("trip_s", "mean trip, s"), ("loss_s", "mean time loss, s"),
           ("halted_s", "mean time halted, s"), ("depart_delay_s", "mean departure delay, s"), ("arrived", "arrived")]
GATED = {"total_time_h": 10.0, "trip_s": 10.0}


def mean(values):
    return statistics.fmean(values) if values else 0.0


def sumo_seed(sumo, name, seed):
    case = peer.SETS[name]
    with tempfile.TemporaryDirectory() as scratch:
        folder = peer.copy_set(case, scratch)
        data = Path(scratch) / "edges.add.xml"
        data.write_text(f'<additional><edgeData id="quarter" file="{scratch}/edges.xml" freq="{QUARTER_S}"/></additional>')
        command = peer.sumo_command(sumo, case, -1, scratch)
        command += ["--seed", str(seed), "--tripinfo-output.write-undeparted", "true"]
        own = additional_of(folder / case.config) if case.config else case.additional
        command = [part for k, part in enumerate(command) if part != "-a" and (k == 0 or command[k - 1] != "-a")]
        command += ["-a", ",".join([*own, str(data)])]
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            peer.fail(f"{name}, seed {seed}: {done.stdout.strip()[-600:]}")
        trips = {"total_s": 0.0, "arrived": 0, "trip_s": [], "loss_s": [], "halted_s": [], "depart_delay_s": []}
        for _, element in ElementTree.iterparse(f"{scratch}/tripinfo.xml"):
            if element.tag == "tripinfo" and peer.is_road(element.get("vType", "")):
                departed, arrival = float(element.get("depart")) >= 0, float(element.get("arrival"))
                trips["total_s"] += float(element.get("departDelay")) + (float(element.get("duration")) if departed else 0)
                if departed and 0 <= arrival <= case.end:
                    trips["arrived"] += 1
                    trips["trip_s"].append(float(element.get("duration")))
                    trips["loss_s"].append(float(element.get("timeLoss")))
                    trips["halted_s"].append(float(element.get("waitingTime")))
                    trips["depart_delay_s"].append(float(element.get("departDelay")))
            if element.tag == "tripinfo":
                element.clear()
        links = {}
        for _, interval in ElementTree.iterparse(f"{scratch}/edges.xml"):
            if interval.tag != "interval":
                continue
            begin = float(interval.get("begin"))
            for edge in interval:
                seconds = float(edge.get("sampledSeconds", 0))
                speed = float(edge.get("speed", 0)) if seconds > 0 else 0.0
                flow = float(edge.get("left", 0)) + float(edge.get("arrived", 0))
                links.setdefault(edge.get("id"), {})[f"{begin:.0f}"] = [flow, seconds, speed]
            interval.clear()
        return row_of(trips, links)


def additional_of(config):
    found = [e.get("value") for e in ElementTree.parse(config).iter() if e.tag in ("additional-files", "additional")]
    return [f.strip() for value in found for f in value.split(",") if f.strip()]


def row_of(trips, links):
    row = {key: mean(trips[key]) for key in ("trip_s", "loss_s", "halted_s", "depart_delay_s")}
    row.update(total_time_h=trips["total_s"] / 3600, arrived=trips["arrived"], links=links)
    return row


def arterial_seed(arterial, name, seed, threads):
    case = peer.SETS[name]
    with tempfile.TemporaryDirectory() as scratch:
        folder = peer.copy_set(case, scratch)
        config = folder / case.config if case.config else peer.write_sumocfg(case, folder)
        for command in ([str(arterial), "import", str(config), "-o", f"{scratch}/city"],
                        [str(arterial), "run", f"{scratch}/city/scenario.yaml", "-o", f"{scratch}/out", "--begin",
                         str(case.begin), "--end", str(case.end), "--seed", str(seed), "--interval", str(QUARTER_S),
                         "--threads", str(threads), "--quiet"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                peer.fail(f"{name}, seed {seed}: exit {done.returncode}: {done.stdout.strip()[-600:]}")
        summary = json.loads(Path(f"{scratch}/out/summary.json").read_text())
        summary = summary[0] if isinstance(summary, list) else summary
        trips = {"total_s": summary["total_time_h"] * 3600, "arrived": 0, "trip_s": [], "loss_s": [], "halted_s": [],
                 "depart_delay_s": []}
        with open(f"{scratch}/out/trips.csv", newline="") as file:
            for row in csv.DictReader(file):
                if row["status"] == "arrived" and float(row["ended_s"]) <= case.end:
                    trips["arrived"] += 1
                    trips["trip_s"].append(float(row["trip_s"]))
                    trips["loss_s"].append(float(row["time_loss_s"]))
                    trips["halted_s"].append(float(row["halted_s"]))
                    trips["depart_delay_s"].append(float(row["entry_delay_s"]))
        links = {}
        with open(f"{scratch}/out/links.csv", newline="") as file:
            for row in csv.DictReader(file):
                if row["lanes"] == "0":
                    continue  # a junction, whose id may be that of an edge too
                seconds = float(row["vehicle_s"])
                links.setdefault(row["source_id"], {})[f"{float(row['begin_s']):.0f}"] = [
                    float(row["left"]) + float(row["arrived"]), seconds, float(row["vehicle_m"]) / seconds if seconds else 0.0]
        result = row_of(trips, links)
        result["violations"] = sum(summary["violations"].values())
        return result


def kept(cache, program, version, name, seed, run):
    path = cache / f"{name}.{program}.{version}.{seed}.json.gz"
    if path.is_file():
        return json.loads(gzip.decompress(path.read_bytes()))
    row = run()
    scratch = path.with_suffix(".tmp")
    scratch.write_bytes(gzip.compress(json.dumps(row).encode(), mtime=0))
    os.replace(scratch, path)
    return row


def net_of(name):
    case = peer.SETS[name]
    folder = peer.data_folder() / case.folder
    if case.net:
        return folder / case.net
    values = [e.get("value") for e in ElementTree.parse(folder / case.config).iter() if e.tag in ("net-file", "net")]
    return folder / values[0]


def read_net(path):
    """Shapes of the edges, and the edges that end at a signal."""
    opened = gzip.open(path) if path.suffix == ".gz" else open(path, "rb")
    shapes, signals = {}, set()
    with opened as file:
        for _, element in ElementTree.iterparse(file):
            if element.tag == "edge":
                lanes = [lane.get("shape") for lane in element if lane.tag == "lane"]
                if lanes and element.get("function", "normal") == "normal":
                    shapes[element.get("id")] = [tuple(map(float, p.split(",")[:2])) for p in lanes[0].split()]
                element.clear()
            elif element.tag == "connection":
                if element.get("tl"):
                    signals.add(element.get("from"))
                element.clear()
    return shapes, signals


def averaged(rows):
    """link -> begin -> mean flow, vehicle seconds and speed (by vehicle seconds) over the seeds."""
    links = {}
    for row in rows:
        for link, quarters in row["links"].items():
            for begin, (flow, seconds, speed) in quarters.items():
                sums = links.setdefault(link, {}).setdefault(begin, [0.0, 0.0, 0.0])
                sums[0] += flow / len(rows)
                sums[1] += seconds / len(rows)
                sums[2] += seconds * speed / len(rows)
    for quarters in links.values():
        for sums in quarters.values():
            sums[2] = sums[2] / sums[1] if sums[1] else 0.0
    return links


def hourly(quarters, begin):
    hours = {}
    for at, (flow, _, _) in quarters.items():
        hour = int((float(at) - begin) // 3600)
        hours[hour] = hours.get(hour, 0.0) + flow
    return hours


def geh(a, b):
    return ((a - b) ** 2 * 2 / (a + b)) ** 0.5 if a + b else 0.0


def own_spread(link, rows):
    """Most less least discharge of the seeds' runs, as a share of their mean."""
    counts = [sum(flow for flow, _, _ in row["links"].get(link, {}).values()) for row in rows]
    return (max(counts) - min(counts)) / max(mean(counts), 1)


def compare(name, ours, theirs):
    case = peer.SETS[name]
    shapes, signals = read_net(net_of(name))
    our_links, their_links = averaged(ours), averaged(theirs)
    same = [link for link in shapes if link in our_links and link in their_links]
    flows = fine_flows = speeds = fine_speeds = approaches = fine_approaches = unsure = 0
    discharge = [0.0, 0.0]
    hours = max(1.0, (case.end - case.begin) / 3600)
    for link in same:
        mine, other = hourly(our_links[link], case.begin), hourly(their_links[link], case.begin)
        for hour in range(int((case.end - case.begin + 1799) // 3600)):
            if mine.get(hour, 0) + other.get(hour, 0) > 0:
                flows += 1
                fine_flows += geh(mine.get(hour, 0), other.get(hour, 0)) < 5
        for at, (_, seconds, speed) in their_links[link].items():
            got = our_links[link].get(at)
            if got and seconds >= LEAST_VEHICLE_S and got[1] >= LEAST_VEHICLE_S:
                speeds += 1
                fine_speeds += abs(got[2] - speed) <= max(0.15 * speed, 5 / 3.6)
        if link in signals and sum(other.values()) >= LEAST_DISCHARGE_VPH * hours:
            approaches += 1
            a, b = sum(mine.values()), sum(other.values())
            discharge[0] += a
            discharge[1] += b
            fine_approaches += abs(a - b) <= 0.05 * b
            unsure += abs(a - b) > 0.05 * b and own_spread(link, theirs) > 0.05
    return {"flows": flows, "geh": 100 * fine_flows / max(flows, 1), "speeds": speeds,
            "speed": 100 * fine_speeds / max(speeds, 1), "approaches": approaches,
            "approach": 100 * fine_approaches / max(approaches, 1), "off": approaches - fine_approaches, "unsure": unsure,
            "discharge": 100 * (discharge[0] / discharge[1] - 1) if discharge[1] else 0.0,
            "shapes": shapes, "ours": our_links, "theirs": their_links}


def difference_map(name, found, path):
    """Each link drawn as wide as its flow is off by GEH, red where Arterial carries less, blue where more."""
    shapes, begin = found["shapes"], peer.SETS[name].begin
    points = [p for shape in shapes.values() for p in shape]
    west, south = min(p[0] for p in points), min(p[1] for p in points)
    east, north = max(p[0] for p in points), max(p[1] for p in points)
    scale = 960 / max(east - west, north - south, 1)
    width, height = (east - west) * scale + 40, (north - south) * scale + 80
    lines, marked = [], []
    for link, shape in sorted(shapes.items()):
        drawn = [f"{(x - west) * scale + 20:.0f},{(north - y) * scale + 50:.0f}" for x, y in shape]
        where = " ".join(p for k, p in enumerate(drawn) if k == 0 or p != drawn[k - 1])
        a = sum(hourly(found["ours"].get(link, {}), begin).values())
        b = sum(hourly(found["theirs"].get(link, {}), begin).values())
        off = geh(a, b)
        if off < 1:
            lines.append(f'<polyline points="{where}" stroke="#b8b8b8" stroke-width="1"/>')
        else:
            colour = "#c0392b" if a < b else "#2471a3"
            marked.append(f'<polyline points="{where}" stroke="{colour}" stroke-width="{min(1 + off, 9):.1f}">'
                          f'<title>{html.escape(link)}: {a:.0f} and SUMO {b:.0f} vehicles, GEH {off:.1f}</title></polyline>')
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" '
        f'font-size="15"><rect width="100%" height="100%" fill="white"/><text x="20" y="26">{html.escape(name)}: vehicles of '
        f'the whole run beside SUMO\'s, width by GEH; <tspan fill="#c0392b">fewer</tspan>, '
        f'<tspan fill="#2471a3">more</tspan></text><g fill="none" stroke-linecap="round">{"".join(lines + marked)}</g></svg>\n')


def span(values, digits=1):
    return f"{mean(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def table(name, ours, theirs, found):
    """Lines of the set's table, and how many gates are red."""
    red, lines = 0, ["| measure | SUMO, mean (least to most of the seeds) | Arterial | difference | gate |", "|---|---|---|---|---|"]
    for key, words in METRICS:
        a, b = [row[key] for row in ours], [row[key] for row in theirs]
        off = 100 * (mean(a) / mean(b) - 1) if mean(b) else 0.0
        gate = ""
        if key in GATED:
            good = abs(off) <= GATED[key]
            red += not good
            gate = f"within {GATED[key]:.0f} %: {'met' if good else '**red**'}"
        lines.append(f"| {words} | {span(b)} | {span(a)} | {off:+.1f} % | {gate} |")
    for key, words, least, unit in (("approach", f"signal approaches within 5 % of SUMO's discharge ({found['approaches']}; all together "
                                                 f"{found['discharge']:+.1f} %)", 100, "%"),
                                    ("geh", f"hourly link flows with GEH < 5 ({found['flows']})", 95, "%"),
                                    ("speed", f"quarter hours of links with the speed within 15 % or 5 km/h ({found['speeds']})", 85, "%")):
        good = found[key] >= least
        red += not good
        spread = f"SUMO's own spread exceeds 5 % on {found['unsure']} of the {found['off']} that are off" if key == "approach" and found["off"] else ""
        lines.append(f"| {words} | {spread} | {found[key]:.1f} {unit} | | at least {least} {unit}: {'met' if good else '**red**'} |")
    violations = sum(row["violations"] for row in ours)
    red += violations > 0
    lines.append(f"| violations of Arterial, all seeds | | {violations} | | 0: {'met' if violations == 0 else '**red**'} |")
    return lines, red


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(peer.SETS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--bin", help="the folder of the arterial programs")
    parser.add_argument("--cache", default=str(peer.ROOT / "build" / "parity"))
    parser.add_argument("--report", help="write PARITY.md and parity/SET.svg into this folder")
    given = parser.parse_args()
    for name in given.sets:
        if name not in peer.SETS:
            peer.fail(f"there is no set {name}. The sets are {', '.join(peer.SETS)}.")
    sumo, arterial, cache = peer.find_sumo(False), peer.find_arterial(given.bin), Path(given.cache)
    cache.mkdir(parents=True, exist_ok=True)
    said = subprocess.run([sumo, "--version"], capture_output=True, text=True).stdout.split()
    sumo_version = next((word for word in said if word[0].isdigit()), "unknown")
    commit = subprocess.run(["git", "-C", str(peer.ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()

    seeds, names = range(1, given.seeds + 1), given.sets or list(peer.SETS)
    rows = {}
    with ThreadPoolExecutor(given.jobs) as pool:
        for name in names:
            for seed in seeds:
                rows[name, "sumo", seed] = pool.submit(kept, cache, "sumo", sumo_version, name, seed,
                                                       lambda n=name, s=seed: sumo_seed(sumo, n, s))
                rows[name, "arterial", seed] = pool.submit(kept, cache, "arterial", commit, name, seed,
                                                           lambda n=name, s=seed: arterial_seed(arterial, n, s, 1))
        all_red, page = 0, []
        for name in names:
            ours = [rows[name, "arterial", seed].result() for seed in seeds]
            theirs = [rows[name, "sumo", seed].result() for seed in seeds]
            found = compare(name, ours, theirs)
            lines, red = table(name, ours, theirs, found)
            all_red += red
            print("\n".join([f"## {name}", "", *lines, ""]), flush=True)
            page += [f"## {name}", "", *lines, ""]
            if given.report:
                folder = Path(given.report) / "parity"
                folder.mkdir(parents=True, exist_ok=True)
                difference_map(name, found, folder / f"{name}.svg")
                page += [f"![Differences of link flows on {name}](parity/{name}.svg)", ""]
    if given.report:
        head = ["# Parity with SUMO", "",
                f"Made by `tools/parity.py --seeds {given.seeds} --report docs`: SUMO {sumo_version} and Arterial {commit}, "
                f"{given.seeds} seeds each, teleports off. Gates and definitions are in the tool. {all_red} gates are red.", ""]
        if given.seeds < 10:
            head += [f"**{given.seeds} of the 10 seeds that the proof asks for.**", ""]
        path = Path(given.report) / "PARITY.md"
        scratch = path.with_suffix(".tmp")
        scratch.write_text("\n".join(head + page))
        os.replace(scratch, path)
    print(f"{all_red} gates are red.")
    return 1 if all_red else 0


if __name__ == "__main__":
    sys.exit(main())
