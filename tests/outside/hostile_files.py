#!/usr/bin/env python3
"""Hostile files of every kind that Arterial reads: each must be refused within 2 s (of processor time) with exit code 2 and one message that
names the file, and no packet may be sent.

    tests/outside/hostile_files.py --bin build/dev/bin        makes them all, tries each, exit code 1 where one is not refused
    tests/outside/hostile_files.py --bin DIR --only zip       those whose name holds "zip"
    tests/outside/hostile_files.py --make FOLDER              only makes them

With strace on the machine each program runs under it, and a socket that is no local one is a failure. Only the Python
standard library is used.
"""
import argparse
import gzip
import io
import os
import random
import resource
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

SECONDS, MEMORY = 2.0, 4 << 30

# --------------------------------------------------------------------------------------------------------- sound files
OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="52.5000" lon="13.4000"/> <node id="2" lat="52.5010" lon="13.4010"/>
  <node id="3" lat="52.5020" lon="13.4030"/>
  <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
</osm>
"""
NET = """<?xml version="1.0" encoding="UTF-8"?>
<net version="1.9" junctionCornerDetail="5" limitTurnSpeed="5.50">
  <location netOffset="0.00,0.00" convBoundary="0.00,0.00,200.00,0.00" origBoundary="0,0,1,1" projParameter="!"/>
  <edge id="a" from="A" to="B" priority="1"><lane id="a_0" index="0" speed="13.89" length="100.00" shape="0.00,-1.60 100.00,-1.60"/></edge>
  <edge id="b" from="B" to="C" priority="1"><lane id="b_0" index="0" speed="13.89" length="100.00" shape="100.00,-1.60 200.00,-1.60"/></edge>
  <junction id="A" type="dead_end" x="0.00" y="0.00" incLanes="" intLanes="" shape="0.00,0.00"/>
  <junction id="B" type="priority" x="100.00" y="0.00" incLanes="a_0" intLanes="" shape="100.00,0.00"><request index="0" response="0" foes="0" cont="0"/></junction>
  <junction id="C" type="dead_end" x="200.00" y="0.00" incLanes="b_0" intLanes="" shape="200.00,0.00"/>
  <connection from="a" to="b" fromLane="0" toLane="0" dir="s" state="M"/>
</net>
"""
ROUTES = """<routes><vType id="t" accel="2.6" decel="4.5" length="5"/><vehicle id="v" type="t" depart="0"><route edges="a b"/></vehicle></routes>
"""
GEOJSON = """{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":1,"lanes":1},"geometry":{"type":"LineString","coordinates":[[13.4,52.5],[13.41,52.51]]}}]}
"""
MAPPING = """roads:
  layer: x
  id: id
"""
NODES_CSV = "node_id,x_coord,y_coord\n1,0,0\n2,500,0\n"
LINKS_CSV = "link_id,from_node_id,to_node_id,directed,lanes,free_speed,length\n1,1,2,1,1,30,500\n"
TNTP = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 2
<FIRST THRU NODE> 1
<NUMBER OF LINKS> 1
<END OF METADATA>
~ init_node term_node capacity length free_flow_time b power speed toll link_type ;
1 2 1000 1 1 0.15 4 30 0 1 ;
"""


def varint(n):
    out = bytearray()
    while True:
        out.append((n & 0x7F) | (0x80 if n > 0x7F else 0))
        n >>= 7
        if not n:
            return bytes(out)


def field(number, payload):
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def blob(kind, body, raw_size=None, method="zlib"):
    content = {"zlib": lambda: field(2, len(body) if raw_size is None else raw_size) + field(3, zlib.compress(body)),
               "raw": lambda: field(1, body),
               "unknown": lambda: field(7, body)}[method]()
    header = field(1, kind) + field(3, len(content))
    return struct.pack(">I", len(header)) + header + content


def pbf(*blobs, header=True):
    return (blob(b"OSMHeader", field(4, b"OsmSchema-V0.6")) if header else b"") + b"".join(blobs)


def gpkg(path, statements):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 0x47504B47")
        for s in statements:
            db.execute(s)
    db.close()


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def shapefile(count=1, declared=None, shape_type=3, parts=1):
    """A .shp of one line; `declared`: the number of points that it claims."""
    points = [(float(i), 0.0) for i in range(2)]
    body = struct.pack("<i4d2i", shape_type, 0, 0, 1, 0, parts, declared if declared is not None else len(points))
    body += struct.pack("<i", 0) + b"".join(struct.pack("<2d", *p) for p in points)
    records = b"".join(struct.pack(">2i", i + 1, len(body) // 2) + body for i in range(count))
    return struct.pack(">i20xi", 9994, (100 + len(records)) // 2) + struct.pack("<2i8d", 1000, shape_type, *([0.0] * 8)) + records


# ----------------------------------------------------------------------------------------------------------- the cases
class Case:
    def __init__(self, name, files, command):
        self.name, self.files, self.command = name, files, command  # files: {name: bytes or function(path)}


def imports(name, file, content, *more, extra=None):
    files = {file: content, **(extra or {})}
    return Case(name, files, ["import", file, *more, "-o", "out.arnet"])


def osm_xml():
    yield "truncated", OSM[:-40]
    yield "doctype", OSM.replace("<osm", '<!DOCTYPE osm [<!ENTITY e SYSTEM "file:///etc/passwd">]><osm', 1)
    yield "billion_laughs", OSM.replace("<osm", '<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><osm', 1)
    yield "external_entity_http", OSM.replace("<osm", '<!DOCTYPE o SYSTEM "http://198.51.100.1/x.dtd"><osm', 1)
    yield "latitude_nan", OSM.replace('lat="52.5000"', 'lat="nan"')
    yield "latitude_91", OSM.replace('lat="52.5000"', 'lat="91000"')
    yield "deep", '<osm version="0.6">' + "<a>" * 5000
    yield "no_roads", '<osm version="0.6"></osm>'
    yield "id_too_large", OSM.replace('id="1"', 'id="99999999999999999999999"')
    yield "not_utf8", OSM.encode().replace(b"residential", b"\xff\xfe\xff")
    yield "unclosed", OSM.replace("</way>", "")
    yield "attribute_long", OSM.replace("residential", "x" * 3_000_000).replace("</osm>", "")


def osm_pbf():
    block = field(1, field(1, b"")) + field(2, b"")
    yield "only_header", pbf()
    yield "truncated", pbf(blob(b"OSMData", block))[:-7]
    yield "header_length_huge", struct.pack(">I", 0x7FFFFFFF) + b"OSMHeader" * 4
    yield "header_length_64k", struct.pack(">I", 70000) + field(1, b"OSMHeader") + b"\0" * 70000
    yield "blob_length_huge", struct.pack(">I", 20) + (field(1, b"OSMHeader") + field(3, 0x7FFFFFFF)).ljust(20, b"\0")
    yield "bomb", pbf(blob(b"OSMData", b"\0" * (31 << 20)))
    yield "raw_size_lie", pbf(blob(b"OSMData", block, raw_size=1))
    yield "raw_size_huge", pbf(blob(b"OSMData", block, raw_size=1 << 40))
    yield "unknown_compression", pbf(blob(b"OSMData", block, method="unknown"))
    yield "unknown_feature", blob(b"OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"Sorted-by-Magic")) + blob(b"OSMData", block)
    yield "data_first", pbf(blob(b"OSMData", block), header=False)
    yield "bad_zlib", pbf(struct.pack(">I", 15) + (field(1, b"OSMData") + field(3, 9)).ljust(15, b"\0") + field(2, 5) + b"\x1a\x03abc")
    noise = random.Random(3)
    for k in range(6):
        body = bytearray(pbf(blob(b"OSMData", block)))
        for _ in range(12):
            body[noise.randrange(4, len(body))] = noise.randrange(256)
        yield f"noise_{k}", bytes(body)


def sumo_net():
    yield "truncated", NET[:-60]
    yield "doctype", NET.replace("<net", "<!DOCTYPE net []><net", 1)
    yield "length_nan", NET.replace('length="100.00"', 'length="nan"', 1)
    yield "length_negative", NET.replace('length="100.00"', 'length="-5"', 1)
    yield "length_infinite", NET.replace('length="100.00"', 'length="inf"', 1)
    yield "length_huge", NET.replace('length="100.00"', 'length="1e300"', 1)
    yield "speed_nan", NET.replace('speed="13.89"', 'speed="NaN"', 1)
    yield "shape_words", NET.replace("0.00,-1.60 100.00,-1.60", "left,right", 1)
    yield "shape_nan", NET.replace("0.00,-1.60 100.00,-1.60", "nan,nan 1,1", 1)
    yield "unknown_edge", NET.replace('to="b" fromLane', 'to="nowhere" fromLane')
    yield "unknown_lane", NET.replace('toLane="0"', 'toLane="99"')
    yield "lane_index_negative", NET.replace('index="0"', 'index="-1"', 1)
    yield "lane_index_huge", NET.replace('index="0"', 'index="4000000000"', 1)
    yield "edge_twice", NET.replace('<edge id="b"', '<edge id="a"')
    yield "no_edges", '<net version="1.9"></net>'
    yield "deep", "<net>" + "<edge>" * 3000
    yield "bad_utf8", NET.encode().replace(b'id="a_0"', b'id="\xc3\x28"')
    yield "entity", NET.replace('id="A"', 'id="&boom;"', 1)


def routes():
    yield "missing_edge", ROUTES.replace("a b", "a nowhere"), False
    yield "truncated", ROUTES[:-20], True
    yield "doctype", "<!DOCTYPE routes []>" + ROUTES, True
    yield "depart_nan", ROUTES.replace('depart="0"', 'depart="nan"'), True
    yield "flow_huge", '<routes><flow id="f" begin="0" end="1" number="999999999999" from="a" to="b"/></routes>', True
    yield "length_negative", ROUTES.replace('length="5"', 'length="-5"'), True
    yield "unknown_type", ROUTES.replace('type="t"', 'type="nothing"'), False
    yield "accel_nan", ROUTES.replace('accel="2.6"', 'accel="nan"'), True


def scenarios():
    base = "network: city.arnet\ndemand:\n  - random: 10\n"
    yield "misspelt_key", base.replace("demand", "demnad")
    yield "anchor_bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n" + base
    yield "step_word", base + "time:\n  step: fast\n"
    yield "step_too_small", base + "time:\n  step: 1 us\n"
    yield "replicas_huge", base + "run:\n  replicas: 4000000000\n"
    yield "link_absent", base + "changes:\n  - close_link: nowhere\n"
    yield "tab", "network:\tcity.arnet\n\tdemand: 3\n"
    yield "binary", bytes(range(256))
    yield "deep", "a: " + "[" * 2000
    yield "empty", ""
    yield "twice", base + "network: other.arnet\n"
    yield "end_before_begin", base + 'time:\n  begin: "02:00:00"\n  end: "01:00:00"\n'


def vector_sources():
    vrt = '<OGRVRTDataSource><OGRVRTLayer name="roads"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    yield "vrt_named_gpkg", "x.gpkg", vrt
    yield "vrt_named_shp", "x.shp", vrt
    yield "vrt_named_geojson", "x.geojson", vrt
    yield "vrt", "x.vrt", vrt
    yield "gpkg_truncated", "x.gpkg", b"SQLite format 3\0" + b"\x10\0\1\1\0@  " + b"\0" * 60
    yield "gpkg_noise", "x.gpkg", b"SQLite format 3\0" + bytes(random.Random(1).randrange(256) for _ in range(5000))
    yield "gpkg_no_layers", "x.gpkg", lambda path: gpkg(path, ["CREATE TABLE t(a)"])
    yield "gpkg_trigger", "x.gpkg", lambda path: gpkg(path, [
        "CREATE TABLE gpkg_contents(table_name TEXT, data_type TEXT)", "INSERT INTO gpkg_contents VALUES('roads','features')",
        "CREATE VIEW roads AS SELECT load_extension('/tmp/x.so')"])
    yield "spatialite", "x.sqlite", lambda path: gpkg(path, [
        "CREATE TABLE spatial_ref_sys(srid INTEGER, auth_name TEXT)", "CREATE TABLE geometry_columns(f_table_name TEXT, spatial_index_enabled INTEGER)"])
    yield "geojson_truncated", "x.geojson", GEOJSON[:-30]
    yield "geojson_deep", "x.geojson", '{"type":"FeatureCollection","features":' + "[" * 100000
    yield "geojson_nan", "x.geojson", GEOJSON.replace("13.4,", "NaN,")
    yield "geojson_no_features", "x.geojson", '{"type":"FeatureCollection","features":[]}'
    yield "geojson_huge_coordinate", "x.geojson", GEOJSON.replace("13.4,", "1e308,")
    yield "geojson_other", "x.geojson", '{"hello":"world"}'
    yield "esri_service", "x.geojson", '{"error":{"code":499}, "url":"http://198.51.100.1/"}'
    yield "shp_alone_truncated", "x.shp", shapefile()[:60]
    yield "shp_points_lie", "x.shp", shapefile(declared=0x7FFFFFFF)
    yield "shp_parts_lie", "x.shp", shapefile(parts=0x10000000)
    yield "shp_length_lie", "x.shp", shapefile()[:24] + struct.pack(">i", 0x7FFFFFFF) + shapefile()[28:]
    yield "shp_noise", "x.shp", struct.pack(">i", 9994) + bytes(random.Random(2).randrange(256) for _ in range(4000))
    yield "fgb_truncated", "x.fgb", b"fgb\x03fgb\x01" + struct.pack("<I", 0x7FFFFFF0)
    yield "fgb_noise", "x.fgb", b"fgb\x03fgb\x01" + bytes(random.Random(4).randrange(256) for _ in range(3000))
    yield "gml", "x.gml", '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/>'
    yield "kml", "x.kml", "<kml><NetworkLink><href>http://198.51.100.1/</href></NetworkLink></kml>"
    yield "wfs", "x.xml", "<OGRWFSDataSource><URL>http://198.51.100.1/wfs</URL></OGRWFSDataSource>"
    yield "pdf", "x.pdf", "%PDF-1.4"
    yield "csv_wkt_bomb", "x.csv", "id,WKT\n1,\"LINESTRING(" + "(" * 100000 + "\"\n"


NAMES = ["/vsicurl/http://198.51.100.1/x.gpkg", "/vsizip/x.zip/x.shp", "/vsis3/bucket/x.gpkg", "/vsistdin/", "/vsimem/x.gpkg",
         "/vsisubfile/0_100,x.gpkg", "http://198.51.100.1/x.geojson", "https://198.51.100.1/x.geojson", "ftp://198.51.100.1/x.shp",
         "PG:host=198.51.100.1 dbname=x", "MYSQL:x,host=198.51.100.1", "WFS:http://198.51.100.1/", "GPKG:x.gpkg:roads",
         "SQLITE:x", "CSW:http://198.51.100.1/", "ES:http://198.51.100.1/", "/dev/stdin", "/dev/zero", "/proc/self/mem", "", "x\ny.gpkg"]


def archives():
    yield "dotdot", zipped([("../../evil.shp", shapefile())])
    yield "absolute", zipped([("/tmp/evil.shp", shapefile())])
    yield "bomb", zipped([("x.geojson", b"0" * (300 << 20))])
    yield "many", zipped([(f"f{i}.csv", "a") for i in range(5000)])
    yield "nested", zipped([("inner.zip", zipped([("x.geojson", GEOJSON)]))])
    yield "truncated", zipped([("x.geojson", GEOJSON)])[:-10]
    yield "empty", zipped([])
    yield "nothing_of_ours", zipped([("readme.txt", "hello")])
    sound = zipped([("x.geojson", GEOJSON)])
    yield "bad_crc", sound.replace(struct.pack("<I", zlib.crc32(GEOJSON.encode())), b"\1\2\3\4")
    yield "size_lie", sound.replace(struct.pack("<I", len(GEOJSON)), struct.pack("<I", 7))
    yield "backslash", zipped([("..\\..\\evil.shp", shapefile())])
    yield "long_name", zipped([("x" * 5000 + ".geojson", GEOJSON)])
    link = zipfile.ZipInfo("x.geojson")
    link.external_attr = 0o120777 << 16
    yield "symlink", zipped([(link, "/etc/passwd")])
    yield "encrypted", sound.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0").replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0")
    yield "vrt_inside", zipped([("x.vrt", '<OGRVRTDataSource/>')])


def mappings():
    yield "unknown_key", MAPPING.replace("id: id", "idd: id")
    yield "unknown_layer", MAPPING.replace("layer: x", "layer: nowhere")
    yield "unknown_field", MAPPING.replace("id: id", "id: nothing")
    yield "not_a_map", "- 1\n- 2\n"
    yield "deep", "a: " + "{a: " * 2000
    yield "anchors", "a: &a [x,x]\nb: *a\n" + MAPPING
    yield "binary", bytes(range(1, 256))
    yield "crs_url", "crs: http://198.51.100.1/crs\n" + MAPPING
    yield "crs_file", "crs: /etc/passwd\n" + MAPPING
    yield "path_leaves", MAPPING.replace("layer: x", "file: ../../../../etc/passwd")
    yield "empty", ""


def overrides():
    yield "unknown_key", "overrides:\n  - jion: [node/1, node/2]\n"
    yield "binary", bytes(range(1, 256))
    yield "deep", "a: " + "[" * 2000
    yield "word_for_list", "overrides: 7\n"
    yield "negative_lanes", "overrides:\n  - lanes: -4\n    road: way/10\n"


def gmns():
    yield "no_columns", {"node.csv": "a\n1\n", "link.csv": LINKS_CSV}
    yield "nan", {"node.csv": NODES_CSV.replace("500", "nan"), "link.csv": LINKS_CSV}
    yield "unknown_nodes", {"node.csv": NODES_CSV, "link.csv": LINKS_CSV.replace("1,1,2", "1,7,8")}
    yield "quote_open", {"node.csv": 'node_id,x_coord,y_coord\n"1,0,0\n2,500,0\n', "link.csv": LINKS_CSV}
    yield "no_links", {"node.csv": NODES_CSV, "link.csv": LINKS_CSV.split("\n")[0] + "\n"}
    yield "binary", {"node.csv": bytes(range(256)) * 20, "link.csv": LINKS_CSV}
    yield "wide_row", {"node.csv": NODES_CSV + "3" + ",1" * 100000 + "\n", "link.csv": LINKS_CSV}


def tntp():
    yield "truncated", TNTP[:60]
    yield "no_rows", TNTP.split("1 2 1000")[0]
    yield "nodes_huge", TNTP.replace("NODES> 2", "NODES> 4000000000")
    yield "links_lie", TNTP.replace("LINKS> 1", "LINKS> 99999999999")
    yield "capacity_nan", TNTP.replace("1000", "nan")
    yield "node_unknown", TNTP.replace("1 2 1000", "1 99 1000")
    yield "negative", TNTP.replace("1 2 1000 1", "1 2 1000 -1")
    yield "words", TNTP.replace("1 2 1000", "one two many")
    yield "more_zones_than_nodes", TNTP.replace("ZONES> 2", "ZONES> 2000000")


def cases(arnet):
    for name, text in osm_xml():
        yield imports(f"osm_{name}", "x.osm", text)
    yield imports("osm_gz_bomb", "x.osm.gz", gzip.compress(b"<osm>" + b" " * (300 << 20)))
    yield imports("osm_gz_truncated", "x.osm.gz", gzip.compress(OSM.encode())[:-12])
    yield imports("osm_bz2_noise", "x.osm.bz2", b"BZh9" + bytes(200))
    for name, data in osm_pbf():
        yield imports(f"pbf_{name}", "x.osm.pbf", data)
    for name, text in sumo_net():
        yield imports(f"net_{name}", "x.net.xml", text)
    yield imports("net_gz_truncated", "x.net.xml.gz", gzip.compress(NET.encode())[:-12])
    for name, file, content in vector_sources():
        yield imports(f"gis_{name}", file, content, "--mapping", "m.yaml", extra={"m.yaml": MAPPING})
    for k, name in enumerate(NAMES):
        yield Case(f"name_{k}", {"m.yaml": MAPPING}, ["import", name, "--mapping", "m.yaml", "-o", "out.arnet"])
    for name, data in archives():
        yield imports(f"zip_{name}", "x.zip", data, "--mapping", "m.yaml", extra={"m.yaml": MAPPING})
    for name, text in mappings():
        yield imports(f"mapping_{name}", "x.geojson", GEOJSON, "--mapping", "m.yaml", extra={"m.yaml": text})
    for name, text in overrides():
        yield imports(f"overrides_{name}", "x.osm", OSM, "--overrides", "o.yaml", extra={"o.yaml": text})
    for name, files in gmns():
        yield Case(f"gmns_{name}", {f"g/{file}": content for file, content in files.items()}, ["import", "g", "-o", "out.arnet"])
    for name, text in tntp():
        yield imports(f"tntp_{name}", "x_net.tntp", text)
    for name, text in scenarios():
        yield Case(f"scenario_{name}", {"city.arnet": arnet, "s.yaml": text}, ["run", "s.yaml", "-o", "OUT", "--quiet"])
    for name, text, refused in routes():
        if refused:
            yield Case(f"routes_{name}", {"city.arnet": arnet, "x.rou.xml": text},
                       ["run", "city.arnet", "--demand", "x.rou.xml", "-o", "OUT", "--quiet"])
    for name, data in (("truncated", arnet[:-9]), ("noise", arnet[:200] + bytes(50) + arnet[250:]), ("empty", b""),
                       ("magic_only", arnet[:16]), ("length_lie", arnet[:24] + b"\xff" * 8 + arnet[32:])):
        yield Case(f"arnet_{name}", {"x.arnet": data}, ["inspect", "x.arnet"])


# ------------------------------------------------------------------------------------------------------------- the trial
def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def faults_of(case, arterial, folder, strace):
    write(folder, case.files)
    before = {p for p in folder.rglob("*")}
    trace = folder.parent / "trace"
    watch = [strace, "-f", "-qq", "-e", "trace=socket,connect", "-o", str(trace)] if strace else []
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run([*watch, str(arterial), *case.command], cwd=folder, stdin=subprocess.DEVNULL, preexec_fn=limited,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    except subprocess.TimeoutExpired:
        return ["does not end within 20 s"]
    except ValueError as error:  # a NUL in a name never reaches the program
        return [str(error)]
    now = resource.getrusage(resource.RUSAGE_CHILDREN)  # processor time: the machine may have other work
    seconds = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    faults = []
    if done.returncode != 2:
        faults.append(f"exit code {done.returncode}: {(done.stderr or done.stdout)[-200:].decode(errors='replace').strip()}")
    words = done.stderr.decode(errors="replace").strip()
    if len(words) < 20 or words.count("\n") > 3 or len(words) > 2000:
        faults.append(f"not one message: {words[:200]!r}")
    if seconds > SECONDS * (3 if strace else 1):
        faults.append(f"took {seconds:.1f} s")
    left = {p for p in folder.rglob("*")} - before - {folder / "OUT"}
    if left:
        faults.append(f"left {sorted(str(p.name) for p in left)} behind")
    if strace and trace.exists():
        sent = [line for line in trace.read_text(errors="replace").splitlines() if "AF_INET" in line or "AF_NETLINK" in line]
        if sent:
            faults.append(f"opened a socket: {sent[0][:120]}")
    return faults


def sound_cases():
    """What the hostile files are made of must be taken: else they would be refused for the wrong reason."""
    yield imports("sound_osm", "x.osm", OSM)
    yield imports("sound_osm_gz", "x.osm.gz", gzip.compress(OSM.encode()))
    yield imports("sound_net", "x.net.xml", NET)
    yield imports("sound_geojson", "x.geojson", GEOJSON, "--mapping", "m.yaml", extra={"m.yaml": MAPPING})
    yield imports("sound_zip", "x.zip", zipped([("x.geojson", GEOJSON)]), "--mapping", "m.yaml", extra={"m.yaml": MAPPING})
    yield imports("sound_overrides", "x.osm", OSM, "--overrides", "o.yaml",
                  extra={"o.yaml": "overrides:\n  - {speed: way/10, limit: 30 km/h}\n"})
    yield Case("sound_gmns", {"g/node.csv": NODES_CSV, "g/link.csv": LINKS_CSV}, ["import", "g", "-o", "out.arnet"])
    yield imports("sound_tntp", "x_net.tntp", TNTP)


def refused_sound_cases(arterial, scratch):
    refused = []
    for case in sound_cases():
        folder = Path(scratch) / case.name
        folder.mkdir()
        write(folder, case.files)
        done = subprocess.run([str(arterial), *case.command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            refused.append(f"{case.name}: a sound file is refused: {done.stdout.strip()[-300:]}")
    return refused


def sound_network(arterial, folder):
    (folder / "x.net.xml").write_text(NET)
    done = subprocess.run([str(arterial), "import", "x.net.xml", "-o", "x.arnet"], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"hostile_files: the sound network is refused: {done.stdout}")
    return (folder / "x.arnet").read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=Path("build/dev/bin"))
    parser.add_argument("--only", default="")
    parser.add_argument("--make", type=Path)
    parser.add_argument("--no-strace", action="store_true")
    given = parser.parse_args()
    arterial = (given.bin / "arterial").resolve()
    with tempfile.TemporaryDirectory() as scratch:
        arnet = sound_network(arterial, Path(scratch))
        every = [c for c in cases(arnet) if given.only in c.name]
        if given.make:
            for case in every:
                write(given.make / case.name, case.files)
            print(f"{len(every)} cases in {given.make}")
            return 0
        refused = refused_sound_cases(arterial, scratch)
        for words in refused:
            print(words)
        strace = None if given.no_strace else shutil.which("strace")
        bad = 0
        for case in every:
            folder = Path(scratch) / "case" / case.name
            folder.mkdir(parents=True)
            faults = faults_of(case, arterial, folder, strace)
            bad += bool(faults)
            for fault in faults:
                print(f"{case.name}: {fault}")
            shutil.rmtree(folder)
        print(f"{len(every) - bad} of {len(every)} hostile files refused"
              + ("" if strace else "; strace is not there, so nobody watched for packets"))
        return 1 if bad or refused or len(every) == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
