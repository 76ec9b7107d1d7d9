#!/usr/bin/env python3
"""Pictures of junctions that a planner can judge, and what netconvert makes of the same places.

    tools/junction_pictures.py [CASE ...]      docs/junctions/CASE.png, and the table in docs/JUNCTIONS.md
    tools/junction_pictures.py --no-peer       pictures alone

Maps come from ../shared/data (or ARTERIAL_SHARED_DATA); a case whose map is absent is said and left out, and its row
stays as it was. Counts are taken alike on both sides: junctions are those whose approach lanes open to cars end, in the
mean, within `radius_m` of the place; lanes are these approach lanes, connections what leads on from them for cars,
signals the controllers of these connections.
"""
import argparse
import csv
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import osm_files  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PEER = ("--junctions.join --tls.guess-signals --tls.discard-simple --roundabouts.guess --ramps.guess "
        "--geometry.remove --keep-edges.by-vclass passenger --proj.utm").split()


@dataclass(frozen=True)
class Case:
    name: str
    map: str        # below osm_open/
    junction: str   # a source node of it
    what: str       # what a visitor sees there
    radius_m: float = 40
    width_m: float = 0  # of the picture; 0: the junction
    title: str = ""     # where the fonts at hand lack the street names' script


CASES = [
    Case("leeds_cycleway", "osm2streets/leeds_cycleway/input.osm.gz", "node/643914",
         "Leeds, Duke Street and York Street: a signalled crossing of split roads"),
    Case("neukolln", "osm2streets/neukolln/input.osm.gz", "node/1969158490",
         "Berlin-Neukoelln, side streets that do not quite face each other"),
    Case("i5_exit_ramp", "osm2streets/i5_exit_ramp/input.osm.gz", "node/1841897176",
         "Seattle, where a motorway's exit ends among streets, all-way stop"),
    Case("bristol_contraflow", "osm2streets/bristol_contraflow_cycleway/input.osm.gz", "node/260742831",
         "Bristol, an offset crossing of equal streets"),
    Case("quad_intersection", "osm2streets/quad_intersection/input.osm.gz", "node/29449863",
         "Seattle, Montlake Boulevard beside a motorway"),
    Case("taipei", "osm2streets/taipei/input.osm.gz", "node/656416087",
         "Taipei, two dual carriageways, each with side roads", 60,
         title="Nanjing East and West Road, Zhongshan North Road"),
    Case("helsinki_station", "Helsinki.osm.pbf", "node/25413709", "Helsinki, Kaivokatu before the station", 60, 130),
    Case("helsinki_mannerheim", "Helsinki.osm.pbf", "node/25345643", "Helsinki, Mannerheimintie and Kaivokatu, with a line for trams and buses", 50),
    Case("helsinki_crossing", "Helsinki.osm.pbf", "node/243970410", "Helsinki, side streets of one rank and a yard beside them"),
    Case("berlin_grosser_stern", "berlin-siegessaeule.osm.gz", "node/21487169",
         "Berlin, Grosser Stern: a signalled ring of five avenues", 130, 330),
    Case("berlin_boulevards", "berlin_centre_osm_bbox.osm.xml.gz", "node/25665883",
         "Berlin, Molkenmarkt: two boulevards with medians", 50),
    Case("berlin_spandauer", "berlin_centre_osm_bbox.osm.xml.gz", "node/21487210", "Berlin, Karl-Liebknecht-Strasse and Spandauer Strasse", 50),
    Case("berlin_alexander", "berlin_centre_osm_bbox.osm.xml.gz", "node/29123671", "Berlin, Alexanderstrasse, Karl-Liebknecht-Strasse, Memhardstrasse", 50),
    Case("baltimore_avenues", "baltimore.osm.pbf", "node/49466288", "Baltimore, Dundalk Avenue: a street in the median of another", 50),
    Case("london_clerkenwell", "london.osm.pbf", "node/25472186", "London, Clerkenwell Road: side streets that do not quite face each other", 50),
    Case("andorra_ordino", "andorra.osm.pbf", "node/51581759", "Andorra, Ordino: two small roundabouts that touch, eight legs", 50, 120),
]


def data_folder():
    stated = os.environ.get("ARTERIAL_SHARED_DATA")
    return (Path(stated) if stated else ROOT.parent / "shared" / "data") / "osm_open"


def run(words):
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\nended with {done.returncode}: {done.stdout.strip()[-600:]}")
    return done.stdout


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def counts(all_lanes, connections, centre, radius_m):
    """all_lanes: {lane: (junction, end)}; connections: (from lane, signal)."""
    ends = {}
    for junction, end in all_lanes.values():
        ends.setdefault(junction, []).append(end)
    here = {j for j, points in ends.items()
            if math.dist(centre, [sum(c) / len(points) for c in zip(*points)]) <= radius_m}
    lanes = {lane: junction for lane, (junction, _) in all_lanes.items() if junction in here}
    from_here = [(lane, signal) for lane, signal in connections if lane in lanes]
    return {"junctions": len(set(lanes.values())), "lanes": len(lanes), "connections": len(from_here),
            "signals": len({signal for _, signal in from_here if signal})}


def centre_of(tables, junction):
    """The middle of the ends of all lanes into the junction that holds this source node."""
    number = junction.split("/")[1]
    ends = [(float(r["x_end_m"]), float(r["y_end_m"])) for r in rows(tables / "lanes.csv")
            if r["internal"] == "0" and number in re.split(r"[/+]", r["to_junction"]) and r["x_end_m"]]
    if not ends:
        sys.exit(f"no lane ends at {junction}")
    return sum(x for x, _ in ends) / len(ends), sum(y for _, y in ends) / len(ends)


def ours(tables, centre, radius_m):
    lanes = {r["lane_id"]: (r["to_junction"], (float(r["x_end_m"]), float(r["y_end_m"])))
             for r in rows(tables / "lanes.csv") if r["internal"] == "0" and "car" in r["allowed"].split()}
    connections = [(r["from_lane"], r["signal_id"]) for r in rows(tables / "connections.csv")
                   if "car" in r["allowed"].split()]
    return counts(lanes, connections, centre, radius_m)


def peers(net_file, centre, radius_m):
    net = ET.parse(net_file).getroot()
    dx, dy = map(float, net.find("location").get("netOffset").split(","))
    lanes = {}
    for edge in net.findall("edge"):
        if edge.get("function") in ("internal", "crossing", "walkingarea"):
            continue
        for lane in edge.findall("lane"):
            allow, disallow = lane.get("allow"), lane.get("disallow", "")
            open_to_cars = "passenger" in allow.split() if allow else not {"passenger", "all"} & set(disallow.split())
            end = tuple(map(float, lane.get("shape").split()[-1].split(",")[:2]))
            if open_to_cars:
                lanes[lane.get("id")] = (edge.get("to"), (end[0] - dx, end[1] - dy))
    connections = [(f"{c.get('from')}_{c.get('fromLane')}", c.get("tl")) for c in net.findall("connection")
                   if not c.get("from").startswith(":")]
    return counts(lanes, connections, centre, radius_m)


def netconvert():
    found = sorted((ROOT / "build" / "peer").glob("lib/python*/site-packages/sumo/bin/netconvert"))
    stated = os.environ.get("ARTERIAL_NETCONVERT")
    return Path(stated) if stated else found[0] if found else None


def convert(peer, source, work, left_hand):
    """netconvert's net of the extract; it reads XML, so PBF and gz are written anew."""
    osm_files.write(osm_files.read(source), work / "city.osm")
    side = ["--lefthand"] if left_hand else []  # netconvert has to be told
    run([peer, "--osm-files", work / "city.osm", "-o", work / "peer.net.xml", *PEER, *side])
    return work / "peer.net.xml"


def update_table(results):
    page = ROOT / "docs" / "JUNCTIONS.md"
    text = page.read_text()
    begin, end = "<!-- tools/junction_pictures.py -->\n", "<!-- end -->"
    head, rest = text.split(begin)
    old, tail = rest.split(end, 1)
    kept = {name: line for line, name in re.findall(r"^(\| \[(\w+)\].*)$", old, re.M)}
    for case, (mine, theirs) in results.items():
        cells = [f"{mine[k]} / {theirs[k]}" for k in ("junctions", "lanes", "connections", "signals")]
        kept[case.name] = f"| [{case.name}](junctions/{case.name}.png) | {case.what} | " + " | ".join(cells) + " |"
    lines = ["| case | what is there | junctions | lanes in | connections | signals |", "|---|---|---|---|---|---|"]
    lines += [kept[c.name] for c in CASES if c.name in kept]
    page.write_text(head + begin + "\n".join(lines) + "\n" + end + tail)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(c.name for c in CASES))
    parser.add_argument("--bin", default=ROOT / "build" / "dev" / "bin", type=Path, help="the folder of our programs")
    parser.add_argument("--no-peer", action="store_true", help="no netconvert, no table")
    parser.add_argument("-o", "--output", default=ROOT / "docs" / "junctions", type=Path)
    given = parser.parse_args()
    unknown = set(given.cases) - {c.name for c in CASES}
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    given.output.mkdir(parents=True, exist_ok=True)
    peer = None if given.no_peer else netconvert()
    if not given.no_peer and not peer:
        print("netconvert was not found (tools/compare_sumo.py --install, or ARTERIAL_NETCONVERT): pictures alone")
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        nets = {}
        for case in CASES:
            source = data_folder() / case.map
            if given.cases and case.name not in given.cases:
                continue
            if not source.exists():
                print(f"{case.name}: {source.name} is not there, left out")
                continue
            work = Path(scratch) / re.sub(r"\W", "_", case.map)
            if case.map not in nets:
                work.mkdir()
                run([given.bin / "arterial-import", source, "-o", work / "city.arnet"])
                said = run([given.bin / "arterial-inspect", work / "city.arnet", "--tables", work, "--json"])
                if peer:
                    nets[case.map] = convert(peer, source, work, json.loads(said)["left_hand"])
                else:
                    nets[case.map] = None
            run([given.bin / "arterial-inspect", work / "city.arnet", "--junction", case.junction, "-o",
                 given.output / f"{case.name}.png", "--width", case.width_m or 0,
                 *(["--title", case.title] if case.title else [])])
            words = ""
            if nets[case.map]:
                centre = centre_of(work, case.junction)
                results[case] = (ours(work, centre, case.radius_m), peers(nets[case.map], centre, case.radius_m))
                words = " ".join(f"{k} {results[case][0][k]} / {results[case][1][k]}" for k in results[case][0])
            print(f"{case.name:22} {words}", flush=True)
    if results:
        update_table(results)


if __name__ == "__main__":
    main()
