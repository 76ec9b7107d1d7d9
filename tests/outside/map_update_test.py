#!/usr/bin/env python3
"""A newer map under old overrides: edits kept, lost ones listed, nothing silently moved.

Takes a real extract, writes overrides of every kind with the places of their features, has a script edit 200 of its ways
(half of them ways that an override names or touches), imports again with the same overrides and checks the outcome of each
against what the script did to its features, and its effect against the tables. Skips without the data or the programs.
"""
import csv
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import edit_map  # noqa: E402
import osm_files  # noqa: E402

DATA = Path(os.environ.get("ARTERIAL_SHARED_DATA", ROOT.parent / "shared" / "data")) / "osm_open"
EXTRACT = DATA / "berlin_centre_osm_bbox.osm.xml.gz"
BIN = Path(os.environ.get("ARTERIAL_PROGRAM_DIR", ROOT / "build" / "dev" / "bin"))
STAYS_M = 25


def metres(a, b):
    return 6371000 * math.radians(1) * math.hypot(a.lat - b.lat, (a.lon - b.lon) * math.cos(math.radians(a.lat)))


def metres_to_line(at, line):
    scale = 6371000 * math.radians(1)
    flat = [((n.lon - at.lon) * math.cos(math.radians(at.lat)) * scale, (n.lat - at.lat) * scale) for n in line]
    nearest = math.inf
    for (ax, ay), (bx, by) in zip(flat, flat[1:]):
        dx, dy = bx - ax, by - ay
        t = max(0, min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy or 1)))
        nearest = min(nearest, math.hypot(ax + t * dx, ay + t * dy))
    return nearest


class Map:
    """An imported network as its tables tell it."""

    def __init__(self, source, folder, overrides=None):
        folder.mkdir()
        words = [BIN / "arterial-import", source, "-o", folder / "city.arnet", "--json"]
        done = subprocess.run([*words, *(["--overrides", overrides] if overrides else [])], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        self.report = json.loads(done.stdout)
        subprocess.run([BIN / "arterial-inspect", folder / "city.arnet", "--quality", "--tables", folder], check=True,
                       capture_output=True)
        self.lanes = self.rows(folder / "lanes.csv")
        self.connections = self.rows(folder / "connections.csv")
        self.review = self.rows(folder / "review.csv")
        self.links = {}
        for lane in self.lanes:
            if lane["internal"] == "0":
                self.links.setdefault(lane["link_id"], []).append(lane)

    @staticmethod
    def rows(path):
        with open(path, newline="") as file:
            return list(csv.DictReader(file))

    def joined(self):
        return {frozenset(r["source_nodes"].split()) for r in self.review if r["decision"] == "joined"}

    def junctions_of(self, node):
        """Ids of junctions that this node is part of, alone or joined."""
        clusters = [r["id"] for r in self.review if r["decision"] == "joined" and node in r["source_nodes"].split()]
        alone = {lane[k] for lane in self.lanes for k in ("from_junction", "to_junction") if lane[k] == node}
        return set(clusters) | alone

    def ways_of(self, link):
        return self.links[link][0]["source_id"].split(";")


def scalar(osm, name):
    """A feature with its place: of a way, the middles of its first and last stretch."""
    kind, number = name.split("/")
    if kind == "node":
        at = osm.nodes[int(number)]
        return {"id": name, "at": [at.lon, at.lat]}
    refs = osm.ways[int(number)].refs
    ends = [(osm.nodes[a], osm.nodes[b]) for a, b in (refs[:2], refs[-2:])]
    return {"id": name, "at": [[(a.lon + b.lon) / 2, (a.lat + b.lat) / 2] for a, b in ends]}


def write_overrides(osm, base, path):
    """Every kind, in number; returns [(kind, features, entry)] in the order of the file."""
    entries = []

    def add(kind, features, entry):
        entries.append((kind, features, entry))

    for row in [r for r in base.review if r["decision"] == "joined"][:12]:
        nodes = row["source_nodes"].split()
        add("split", nodes, {"split": [scalar(osm, n) for n in nodes]})
    for row in [r for r in base.review if r["decision"] != "joined"][:12]:
        nodes = row["source_nodes"].split()
        if not any(set(nodes) & set(f) for _, f, _ in entries):
            add("join", nodes, {"join": [scalar(osm, n) for n in nodes]})
    taken = {n for _, features, _ in entries for n in features}
    plain = sorted({r["to_junction"] for r in base.lanes if re.fullmatch(r"node/\d+", r["to_junction"])} - taken)
    by_junction = {}
    for c in base.connections:
        by_junction.setdefault(c["junction_id"], []).append(c)
    lane_of = {lane["lane_id"]: lane for lane in base.lanes}
    for node in [n for n in plain if len(by_junction.get(n, [])) >= 6][:12]:
        add("signal", [node], {"signal": scalar(osm, node), "present": not by_junction[node][0]["signal_id"]})
    whole = sorted({lane["source_id"] for lane in base.lanes if re.fullmatch(r"way/\d+", lane["source_id"])})
    for way in whole[:60:2]:
        add("speed", [way], {"speed": scalar(osm, way), "limit": "17 km/h"})
    bans = 0
    for node in plain[::3]:
        for c in by_junction.get(node, []):
            ways = [lane_of[c[k]]["source_id"] for k in ("from_lane", "to_lane")]
            sides = [sum(ways[0] in lanes[0]["source_id"] for lanes in base.links.values()
                         if lanes[0]["to_junction"] == node), 1]
            if c["turn"] in ("left", "right") and all(w in whole for w in ways) and len(set(ways)) == 2 and sides[0] == 1:
                add("ban", [ways[0], node, ways[1]],
                    {"ban": {"from": scalar(osm, ways[0]), "via": scalar(osm, node), "to": scalar(osm, ways[1])}})
                bans += 1
                break
        if bans == 15:
            break
    path.write_text("overrides:\n" + "".join(f"  - {json.dumps(entry)}\n" for _, _, entry in entries))
    return entries


@unittest.skipUnless(EXTRACT.exists(), f"the shared data has no {EXTRACT.name}; set ARTERIAL_SHARED_DATA")
@unittest.skipUnless((BIN / "arterial-import").exists(), f"no programs in {BIN}; set ARTERIAL_PROGRAM_DIR")
class MapUpdate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        folder = Path(cls.scratch.name)
        cls.old = osm_files.read(EXTRACT)
        base = Map(EXTRACT, folder / "base")
        cls.entries = write_overrides(cls.old, base, folder / "o.yaml")
        cls.before = Map(EXTRACT, folder / "before", folder / "o.yaml")
        cls.new = osm_files.read(EXTRACT)
        features = sorted({f for _, names, _ in cls.entries for f in names})
        cls.notes = edit_map.edit(cls.new, 200, 5, features)
        osm_files.write(cls.new, folder / "new.osm")
        cls.plain = Map(folder / "new.osm", folder / "plain")
        cls.after = Map(folder / "new.osm", folder / "after", folder / "o.yaml")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def untouched(self, name):
        """Still there under its id, and where it was."""
        kind, number = name.split("/")[0], int(name.split("/")[1])
        if kind == "node":
            used = any(number in w.refs for w in self.new.ways.values())
            return number in self.new.nodes and used and metres(self.old.nodes[number], self.new.nodes[number]) < STAYS_M
        if number not in self.new.ways:
            return False
        line = [self.new.nodes[r] for r in self.new.ways[number].refs]
        return all(metres_to_line(osm_files.Node(*at), line) < STAYS_M for at in scalar(self.old, name)["at"])

    def outcomes(self, of):
        return [o["outcome"] for o in of.report["overrides"]]

    def in_file_order(self, of):
        """Outcomes by the line that each names."""
        by_line = {int(re.match(r"line (\d+)", o["words"])[1]): o for o in of.report["overrides"]}
        return [by_line[2 + k] for k in range(len(self.entries))]

    def test_the_script_edits_200_ways_and_meets_overrides(self):
        self.assertEqual(len(self.notes), 200)
        self.assertEqual(len({n["way"] for n in self.notes}), 200)
        self.assertGreaterEqual(len(self.entries), 60)
        self.assertEqual({k for k, _, _ in self.entries}, {"split", "join", "signal", "speed", "ban"})
        self.assertGreater(sum(not all(map(self.untouched, f)) for _, f, _ in self.entries), 10)

    def test_on_their_own_map_they_apply(self):
        outcomes = self.outcomes(self.before)
        self.assertEqual(len(outcomes), len(self.entries))
        self.assertEqual(set(outcomes), {"applied"}, [o["words"] for o in self.before.report["overrides"]
                                                      if o["outcome"] != "applied"])

    def test_each_has_one_outcome_that_fits_what_was_done_to_its_features(self):
        outcomes = self.in_file_order(self.after)
        self.assertEqual(len(self.after.report["overrides"]), len(self.entries))
        kept = untouched = 0
        for (kind, features, _), outcome in zip(self.entries, outcomes):
            changed = [f for f in features if not self.untouched(f)]
            untouched += not changed
            kept += not changed and outcome["outcome"] == "applied"
            if changed:
                # What is gone or has gone elsewhere is never applied without a word.
                self.assertNotEqual(outcome["outcome"], "applied", (kind, changed, outcome))
            if outcome["outcome"] == "lost" and not changed:
                # Then a neighbour of it went: the words must say that its place in the network is gone.
                self.assertRegex(outcome["words"], "no junction of streets|does not lea|more than one side|nothing led|nobody"
                                                   "|the opposite|no road of this map|no node of this map")
        self.assertGreaterEqual(kept, 0.85 * untouched)  # the others stood beside a way that is gone
        self.assertGreater(untouched, len(self.entries) // 3)

    def test_what_is_applied_is_in_the_network(self):
        for (kind, features, entry), outcome in zip(self.entries, self.in_file_order(self.after)):
            if outcome["outcome"] != "applied":
                continue
            where = [self.after.junctions_of(f) for f in features if f.startswith("node/")]
            if kind == "join":
                self.assertEqual(len(set.union(*where)), 1, entry)
            elif kind == "split":
                self.assertEqual(len(set.union(*where)), len(features), entry)
            elif kind == "signal":
                signals = {c["signal_id"] for c in self.after.connections if c["junction_id"] in where[0]}
                self.assertEqual(any(signals), entry["present"], entry)
            elif kind == "speed":
                speeds = {lane["speed_mps"] for lane in self.after.lanes if lane["source_id"] == features[0]}
                self.assertTrue(all(abs(float(s) - 17 / 3.6) < 0.01 for s in speeds), (entry, speeds))
            elif kind == "ban":
                lane_link = {lane["lane_id"]: lane["source_id"].split(";") for lane in self.after.lanes}
                for c in self.after.connections:
                    if c["junction_id"] in where[0]:
                        self.assertFalse(features[0] in lane_link[c["from_lane"]] and
                                         features[2] in lane_link[c["to_lane"]], entry)

    def test_junctions_that_no_override_names_are_as_without_overrides(self):
        named = {f for _, features, _ in self.entries for f in features}
        for outcome in self.after.report["overrides"]:  # found again: what stands there now is named too
            named |= set(re.findall(r"found again as (\S+?)[.;]?(?=\s|$)", outcome["words"]))
        unlike = self.plain.joined() ^ self.after.joined()
        # A cluster that changed holds a named node, or lost a neighbour to a cluster that does.
        touched = {n for cluster in unlike if cluster & named for n in cluster}
        for cluster in unlike:
            self.assertTrue(cluster & (named | touched), cluster)


if __name__ == "__main__":
    unittest.main()
