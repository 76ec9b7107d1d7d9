"""OpenStreetMap files for the tools here, with Python's standard library alone: reads XML (gz or plain) and PBF into
plain objects, writes XML. For extracts of a city; nothing here defends against hostile files.

    osm = read(path)        osm.nodes {id: Node}, osm.ways {id: Way}, osm.relations {id: Relation}
    write(osm, path)        path.osm or path.osm.gz; objects in the order of their ids
"""
import gzip
import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr


@dataclass
class Node:
    lon: float
    lat: float
    tags: dict = field(default_factory=dict)


@dataclass
class Way:
    refs: list
    tags: dict = field(default_factory=dict)


@dataclass
class Relation:
    members: list  # (type, id, role)
    tags: dict = field(default_factory=dict)


@dataclass
class Osm:
    nodes: dict = field(default_factory=dict)
    ways: dict = field(default_factory=dict)
    relations: dict = field(default_factory=dict)


def read(path):
    path = str(path)
    return read_pbf(path) if path.endswith(".pbf") else read_xml(path)


def read_xml(path):
    osm = Osm()
    with (gzip.open(path) if path.endswith(".gz") else open(path, "rb")) as file:
        for _, e in ET.iterparse(file):
            if e.tag not in ("node", "way", "relation"):
                continue
            key, tags = int(e.get("id")), {t.get("k"): t.get("v") for t in e.findall("tag")}
            if e.tag == "node":
                if e.get("lat"):
                    osm.nodes[key] = Node(float(e.get("lon")), float(e.get("lat")), tags)
            elif e.tag == "way":
                osm.ways[key] = Way([int(n.get("ref")) for n in e.findall("nd")], tags)
            else:
                osm.relations[key] = Relation([(m.get("type"), int(m.get("ref")), m.get("role", ""))
                                               for m in e.findall("member")], tags)
            e.clear()
    return osm


def fields(data):
    """(number, value) of a protobuf message; bytes for what is length-delimited."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if kind == 1 else 4
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def packed(data):
    out, at = [], 0
    while at < len(data):
        value, at = varint(data, at)
        out.append(value)
    return out


def deltas(data):
    out, value = [], 0
    for v in packed(data):
        value += (v >> 1) ^ -(v & 1)
        out.append(value)
    return out


def read_pbf(path):
    osm = Osm()
    with open(path, "rb") as file:
        while head := file.read(4):
            header = dict(fields(file.read(struct.unpack(">I", head)[0])))
            blob = dict(fields(file.read(header[3])))
            if header[1] == b"OSMData":
                read_block(zlib.decompress(blob[3]) if 3 in blob else blob[1], osm)
    return osm


def read_block(data, osm):
    strings, groups, granularity, lat0, lon0 = [], [], 100, 0, 0
    for number, value in fields(data):
        if number == 1:
            strings = [v.decode("utf-8", "replace") for _, v in fields(value)]
        elif number == 2:
            groups.append(value)
        elif number == 17:
            granularity = value
        elif number == 19:
            lat0 = value
        elif number == 20:
            lon0 = value

    def tags_of(message):
        return {strings[k]: strings[v] for k, v in zip(packed(message.get(2, b"")), packed(message.get(3, b"")))}

    for group in groups:
        for number, value in fields(group):
            message = dict(fields(value))
            if number == 2:
                read_dense(message, strings, (granularity, lat0, lon0), osm)
            elif number == 3:
                osm.ways[message[1]] = Way(deltas(message.get(8, b"")), tags_of(message))
            elif number == 4:
                kinds = ("node", "way", "relation")
                members = zip(packed(message.get(10, b"")), deltas(message.get(9, b"")), packed(message.get(8, b"")))
                osm.relations[message[1]] = Relation([(kinds[t], i, strings[r]) for t, i, r in members],
                                                     tags_of(message))


def read_dense(message, strings, grid, osm):
    granularity, lat0, lon0 = grid
    words = packed(message.get(10, b""))
    at = 0
    for key, lat, lon in zip(deltas(message[1]), deltas(message[8]), deltas(message[9])):
        tags = {}
        while at < len(words) and words[at]:
            tags[strings[words[at]]] = strings[words[at + 1]]
            at += 2
        at += 1
        osm.nodes[key] = Node(1e-9 * (lon0 + granularity * lon), 1e-9 * (lat0 + granularity * lat), tags)


def write(osm, path):
    path = str(path)
    with (gzip.open(path, "wt", encoding="utf-8") if path.endswith(".gz") else open(path, "w", encoding="utf-8")) as out:
        out.write("<?xml version='1.0' encoding='UTF-8'?>\n<osm version=\"0.6\" generator=\"arterial tools\">\n")

        def tags(of):
            return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in of.items())

        for i, n in sorted(osm.nodes.items()):
            out.write(f'<node id="{i}" version="1" lat="{n.lat:.7f}" lon="{n.lon:.7f}">{tags(n.tags)}</node>\n')
        for i, w in sorted(osm.ways.items()):
            refs = "".join(f'<nd ref="{r}"/>' for r in w.refs)
            out.write(f'<way id="{i}" version="1">{refs}{tags(w.tags)}</way>\n')
        for i, r in sorted(osm.relations.items()):
            members = "".join(f'<member type="{t}" ref="{m}" role={quoteattr(role)}/>' for t, m, role in r.members)
            out.write(f'<relation id="{i}" version="1">{members}{tags(r.tags)}</relation>\n')
        out.write("</osm>\n")
