#!/usr/bin/env python3
"""A newer map, made by a script: 200 ways of an OpenStreetMap extract edited as mappers edit them, the same each time.

    tools/edit_map.py IN.osm.pbf OUT.osm [--ways 200] [--seed 5] [--among FILE]   prints the edits as JSON

Edits, in equal parts: tags changed (speed, lanes, name), a node moved by a few metres, a node moved far, a way deleted, a
way's id changed, a node's id changed, a way split in two. --among names a JSON list of ids ("way/1", "node/2") of which
half of the edited ways are taken, so that edits meet what somebody has overridden.
"""
import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import osm_files  # noqa: E402

KINDS = ("retag", "nudge", "move", "delete", "rename_way", "rename_node", "split")
NEW_WAY, NEW_NODE = 9_000_000_000, 9_500_000_000


def edit(osm, ways, seed, among=()):
    """Changes `osm`; returns [{kind, way, node, new_id}]."""
    dice = random.Random(seed)
    roads = sorted(i for i, w in osm.ways.items() if "highway" in w.tags and len(w.refs) >= 2
                   and w.tags["highway"] not in ("footway", "path", "steps", "pedestrian", "cycleway", "proposed"))
    users = {}
    for i in roads:
        for ref in osm.ways[i].refs:
            users.setdefault(ref, []).append(i)
    wanted = {int(a.split("/")[1]) for a in among if a.startswith("way/")}
    nodes = {int(a.split("/")[1]) for a in among if a.startswith("node/")}
    meant = sorted(wanted & set(roads) | {w for n in nodes for w in users.get(n, [])})
    first = dice.sample(meant, min(len(meant), ways // 2))
    rest = dice.sample(sorted(set(roads) - set(first)), min(ways - len(first), len(roads) - len(first)))
    done = []
    for k, way in enumerate(first + rest):
        done.append(change(osm, way, KINDS[k % len(KINDS)], dice, nodes, len(done)))
    return done


def change(osm, way, kind, dice, favoured, number):
    w = osm.ways[way]
    note = {"kind": kind, "way": f"way/{way}"}
    node = next((r for r in w.refs if r in favoured and r in osm.nodes), None) or dice.choice(w.refs)
    if kind == "retag":
        w.tags["maxspeed"], w.tags["lanes"], w.tags["name"] = "40", "2", f"New Street {number}"
    elif kind in ("nudge", "move") and node in osm.nodes:
        note["node"] = f"node/{node}"
        osm.nodes[node].lat += (2e-5 if kind == "nudge" else 6e-4) * dice.choice((-1, 1))  # 2 m, 67 m
    elif kind == "delete":
        del osm.ways[way]
    elif kind == "rename_way":
        note["new_id"] = f"way/{NEW_WAY + number}"
        osm.ways[NEW_WAY + number] = osm.ways.pop(way)
        replace_member(osm, "way", way, NEW_WAY + number)
    elif kind == "rename_node" and node in osm.nodes:
        note.update(node=f"node/{node}", new_id=f"node/{NEW_NODE + number}")
        osm.nodes[NEW_NODE + number] = osm.nodes.pop(node)
        for other in osm.ways.values():
            other.refs = [NEW_NODE + number if r == node else r for r in other.refs]
        replace_member(osm, "node", node, NEW_NODE + number)
    elif kind == "split" and len(w.refs) >= 3:
        note["new_id"] = f"way/{NEW_WAY + number}"
        middle = len(w.refs) // 2
        osm.ways[NEW_WAY + number] = osm_files.Way(w.refs[middle:], dict(w.tags))
        w.refs = w.refs[:middle + 1]
    return note


def replace_member(osm, kind, old, new):
    for relation in osm.relations.values():
        relation.members = [(t, new if (t, i) == (kind, old) else i, role) for t, i, role in relation.members]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--ways", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--among", type=Path)
    given = parser.parse_args()
    osm = osm_files.read(given.source)
    notes = edit(osm, given.ways, given.seed, json.loads(given.among.read_text()) if given.among else ())
    osm_files.write(osm, given.target)
    print(json.dumps(notes, indent=1))


if __name__ == "__main__":
    main()
