#!/usr/bin/env python3
"""Checks every #include against the table "Rooms, and who may know whom" of docs/ARCHITECTURE.md.

    tests/check_layers.py [ROOT]        prints what is against the table; exit code 1 if anything is
    tests/check_layers.py --self-test   proves that each rule can fail

A main (*_main.cc) parses options and makes one library call; mains may know every library of ours, but no foreign
library that is tied to a room. Tests may know everything; nobody includes tests.
"""
import re
import sys
import tempfile
from pathlib import Path

# room (the longest folder that fits a file) -> rooms it may include, itself always among them
SIM = ["sim/model", "sim/routing", "sim/engine"]
MAY_KNOW = {
    "proto": [],
    "sim/model": [],
    "sim/routing": ["sim/model"],
    "sim/engine": ["kernels", "sim/routing", "sim/model"],
    "kernels": ["sim/model"],
    "gis": ["sim/model"],
    "scenarios": SIM + ["scenarios/synthetic"],
    "scenarios/synthetic": ["sim/model"],
    "scenarios/validate": SIM + ["scenarios"],
    "stream": ["sim/model", "proto"],
    "cluster": SIM + ["kernels"],
    "serve/twin": ["scenarios"] + SIM,
    "serve/api": ["serve/twin", "stream", "proto"],
    "viewer": ["sim/model", "stream", "proto"],
    "python": ["scenarios", "gis"] + SIM,
    "tests": None,  # everything
}
# Accepted exceptions, each with its reason in docs/ARCHITECTURE.md: (room or folder, included file)
EXCEPTIONS = [
    (r"scenarios/.*", r"gis/export\w*\.h"),        # the table: "gis (export only)"
    (r"scenarios/demand/.*", r"gis/xml_reader\.h"),  # one hardened XML reader, not two
    (r"scenarios/.*", r"gis/yaml_section\.h"),  # one strict YAML reader, not two
    (r"scenarios/validate/.*", r"kernels/car_following\.h"),  # the law itself behind a recorded leader
    (r"viewer/.*", r"scenarios/scenario_file\w*\.h"),  # the table: "scenario files (no engine)"
]
# foreign headers -> the folders where they may stand (None of ours outside them, mains and tests included)
TIED = [
    ("GDAL", r"(gdal|ogr|cpl_|gnm)\w*(/.*)?\.h$|gdal/.*", r"gis/"),
    ("Qt or OpenSceneGraph", r"Q(t|[A-Z])\w*(/.*)?$|osg\w*/.*", r"viewer/"),
    ("CUDA, CUB or Thrust", r"(cuda\w*|cub|thrust|cooperative_groups|nvtx3?|nvToolsExt|curand\w*|nccl)(/.*|\.h|\.hpp)?$",
     r"kernels/|cluster/gpu_transport"),
    ("MPI", r"mpi\.h$", r"cluster/"),
    ("gRPC", r"grpc(pp|\+\+)?/.*", r"serve/api/|viewer/"),
]
# These build on a bare host with a compiler, OpenMP and CUDA alone.
BARE = ("sim/", "kernels/", "scenarios/synthetic/")
STANDARD = set("""algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg
cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format
forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list
locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string
string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set
utility valarray variant vector version omp.h emmintrin.h fcntl.h unistd.h signal.h dirent.h poll.h sched.h errno.h time.h
pthread.h immintrin.h""".split())
SKIPPED = {"build", "out", ".git", "third_party"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    fitting = [room for room in MAY_KNOW if path.startswith(room + "/")]
    return max(fitting, key=len) if fitting else None


def without_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)


def is_main(path):
    return path.endswith(("_main.cc", "_main.cu", "/main.cc"))


def faults_of(path, text):
    room = room_of(path)
    for match in INCLUDE.finditer(without_comments(text)):
        quote, name = match.groups()
        line = text.count("\n", 0, match.start(2)) + 1
        place = f"{path}:{line}"
        other = room_of(name)
        if quote == '"' and other is None and (name.startswith("..") or "/" not in name):
            yield f'{place}: "{name}" is not named from the root of the repository'
            continue
        if other is not None:
            if other == "tests" and room != "tests":
                yield f"{place}: includes {name}, but nobody includes tests"
            elif room is None or MAY_KNOW[room] is None or other == room or is_main(path):
                pass
            elif other not in MAY_KNOW[room] and not any(
                    re.fullmatch(who, path) and re.fullmatch(what, name) for who, what in EXCEPTIONS):
                allowed = ", ".join(MAY_KNOW[room]) or "nothing of ours"
                yield f"{place}: {room} includes {name}, but may know only {allowed}"
            continue
        for library, header, where in TIED:
            if re.match(header, name) and not re.match(where, path) and not path.startswith("tests/"):
                yield f"{place}: <{name}> is {library}, which stays inside {where.replace('|', ' and ')}"
                break
        else:
            if path.startswith(BARE) and name not in STANDARD and not name.startswith("sys/"):
                if not (path.startswith("kernels/") and re.match(TIED[2][1], name)):
                    yield f"{place}: <{name}> is not of the standard library, which is all that {room} may need"


def sources(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix in (".h", ".cc", ".cu", ".cuh", ".cpp", ".hpp") and not SKIPPED & set(relative.parts[:-1]):
            yield str(relative), path


def check(root):
    found, count = [], 0
    for relative, path in sources(root):
        count += 1
        found += faults_of(relative, path.read_text(encoding="utf-8", errors="replace"))
    return found, count


def self_test():
    """(file, include, must it be refused)"""
    cases = [
        ("sim/model/a.cc", '"sim/model/ids.h"', False),
        ("sim/model/a.cc", '"sim/routing/r.h"', True),
        ("sim/model/a.cc", "<vector>", False),
        ("sim/model/a.cc", "<yaml-cpp/yaml.h>", True),
        ("sim/routing/a.h", '"sim/engine/state.h"', True),
        ("sim/engine/a.cc", '"kernels/launch.h"', False),
        ("sim/engine/a.cc", '"gis/osm_reader.h"', True),
        ("sim/engine/a.cc", "<thrust/sort.h>", True),
        ("kernels/a.cu", "<cub/cub.cuh>", False),
        ("kernels/a.cu", "<cuda_runtime.h>", False),
        ("kernels/a.h", '"sim/engine/simulation.h"', True),
        ("gis/a.cc", '"sim/engine/simulation.h"', True),
        ("gis/a.cc", "<gdal_priv.h>", False),
        ("gis/a.cc", "<ogrsf_frmts.h>", False),
        ("scenarios/a.cc", "<ogr_api.h>", True),
        ("scenarios/a.cc", '"gis/export.h"', False),
        ("scenarios/a.cc", '"gis/osm_reader.h"', True),
        ("scenarios/a.cc", '"kernels/launch.h"', True),
        ("scenarios/demand/a.cc", '"gis/xml_reader.h"', False),
        ("scenarios/a.cc", '"gis/xml_reader.h"', True),
        ("scenarios/a.cc", '"scenarios/synthetic/city.h"', False),
        ("scenarios/synthetic/a.cc", '"scenarios/report.h"', True),
        ("scenarios/synthetic/a.cc", "<cairo.h>", True),
        ("scenarios/run_main.cc", '"gis/osm_reader.h"', False),
        ("scenarios/run_main.cc", "<gdal.h>", True),
        ("viewer/a.cc", "<QWidget>", False),
        ("scenarios/a.cc", "<QtCore/QString>", True),
        ("stream/a.cc", "<osg/Node>", True),
        ("stream/a.cc", "<mpi.h>", True),
        ("cluster/a.cc", "<mpi.h>", False),
        ("stream/a.cc", "<grpcpp/grpcpp.h>", True),
        ("gis/a.cc", '"tests/ascii_network.h"', True),
        ("tests/gis/a_test.cc", '"sim/engine/simulation.h"', False),
        ("gis/a.cc", '"osm_reader.h"', True),
        ("gis/a.cc", '"../sim/model/ids.h"', True),
        ("tools/a_main.cc", '"sim/engine/simulation.h"', False),
    ]
    wrong = 0
    for path, include, refused in cases:
        with tempfile.TemporaryDirectory() as root:
            file = Path(root) / path
            file.parent.mkdir(parents=True)
            file.write_text(f"// a file\n#include {include}\n/* #include <mpi.h> */\n")
            found, count = check(Path(root))
            if count != 1 or bool(found) != refused:
                wrong += 1
                print(f"{path} with {include}: {'not refused' if refused else found}")
    print(f"{len(cases)} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if "--self-test" in sys.argv[1:]:
        return self_test()
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    found, count = check(root)
    print("\n".join(found + [f"{count} files, {len(found)} includes against the table"]))
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
