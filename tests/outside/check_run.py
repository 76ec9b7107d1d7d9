#!/usr/bin/env python3
"""The outside checker: recomputes from a run's own files what the run claims about itself.

    tests/outside/check_run.py --tables TABLES --out OUT [--fcd FILE] [--json]

TABLES is the folder of `arterial inspect city.arnet --tables TABLES`; OUT is a run folder with --fcd. It shares no
code with arterial and knows only the definitions of docs/ARCHITECTURE.md (Python's standard library, nothing else):

  overlap   the rear of a leader behind the front of its follower, along the path, at a state. The body [pos - length,
            pos] is laid back over the lanes that the vehicle itself came along.
  conflict  two bodies inside a conflict interval of a pair of connections, at a state
  red       a front crosses on red although, when green ended, it could stop at the emergency deceleration
  lane      a forbidden class, a position outside [0, length], a move without a connection
  jump      a move backwards, or further than the faster of both speeds allows
  ledger    read = scheduled + rejected and so on; a vehicle is seen exactly from its entering to its ending
  links     links.csv: n_end = n_begin + entered + inserted - left - arrived - removed; Edie's definitions; sums
  summary   summary.json against trips.csv

Exit code 0: nothing found; 1: something was found; 2: the files cannot be read.
"""
import argparse
import csv
import gzip
import json
import sys
from collections import defaultdict, deque
from pathlib import Path

EPSILON_M = 1e-3       # positions are written with 4 decimals
RED = "ru"             # red-amber is still red
AMBER = "yY"
MEMORY_S = 180         # how long past states of a vehicle are kept; who stood there longer could stop
DEFAULT_EMERGENCY_MPS2 = 9.0
MAX_GROUNDS_A_STEP = 24


class Unreadable(Exception):
    pass


def open_text(path):
    if str(path).endswith(".gz"):
        return gzip.open(path, "rt", newline="")
    return open(path, newline="")


def read_rows(path, replica):
    """Dicts of a CSV file; with a replica column only that replica's."""
    try:
        with open_text(path) as file:
            for row in csv.DictReader(file):
                if row.get("replica") in (None, "", replica):
                    yield row
    except OSError as problem:
        raise Unreadable(f"{path}: {problem.strerror}") from problem


def pick(row, path, *names):
    for name in names:
        if name in row:
            return row[name]
    raise Unreadable(f"{path}: no column {' or '.join(names)} (it has {', '.join(row)})")


def number(text, default=None):
    return float(text) if text not in (None, "") else default


def words(text):
    return set(text.replace("|", " ").replace(";", " ").replace(",", " ").split())


class Ground:
    """A road lane, or the path of a connection: something with a length that a body can lie on."""

    __slots__ = ("name", "length", "link", "index", "allowed", "connection", "out", "into", "junction", "signal",
                 "signal_index", "turn_on_red", "conflicts", "beside")

    def __init__(self, name, length):
        self.name, self.length = name, length
        self.link = self.index = self.allowed = self.connection = self.into = self.junction = self.signal = None
        self.signal_index, self.turn_on_red = -1, False
        self.out, self.conflicts, self.beside = [], [], []


class Tables:
    """What `arterial inspect --tables` says about the network."""

    def __init__(self, folder):
        folder = Path(folder)
        self.at = {}           # lane id -> (ground, where on the ground the lane begins)
        self.connections = {}  # connection id -> ground
        self.problems = []
        path = folder / "lanes.csv"
        lengths, rows = {}, {}
        for row in read_rows(path, ""):
            lane = pick(row, path, "lane_id", "id")
            lengths[lane] = float(pick(row, path, "length_m", "length"))
            rows[lane] = row
        internal = set()
        connection_rows = []
        path = folder / "connections.csv"
        for row in read_rows(path, ""):
            connection_rows.append(row)
            pieces = self.pieces_of(row, path, lengths)
            internal.update(lane for lane, _ in pieces)
        for lane, row in rows.items():
            link = row.get("link_id", "")
            if lane in internal or row.get("internal", "0") not in ("0", "", "false"):
                continue
            ground = Ground(lane, lengths[lane])
            ground.link = link
            ground.index = int(number(row.get("index", row.get("lane_index")), 0))
            ground.allowed = self.classes_of(row)
            self.at[lane] = (ground, 0.0)
        for row in connection_rows:
            self.add_connection(row, path, lengths, rows)
        by_link = defaultdict(dict)
        for ground, _ in self.at.values():
            if ground.connection is None and ground.link:
                by_link[ground.link][ground.index] = ground
        for lanes in by_link.values():
            for index, ground in lanes.items():
                ground.beside = [lanes[i] for i in (index - 1, index + 1) if i in lanes]
        self.add_conflicts(folder / "conflicts.csv")

    @staticmethod
    def classes_of(row):
        for name in ("allowed", "classes", "allow"):
            if name in row:
                return words(row[name])
        return None

    @staticmethod
    def pieces_of(row, path, lengths):
        """The lanes that the path of a connection is made of, each with the metre where it begins on it."""
        text = row.get("pieces", "")
        if text:
            pieces, begin = [], 0.0
            for word in text.replace("|", " ").replace(";", " ").split():
                lane, at, stated = word.rpartition("@")
                if not at:
                    lane, stated = word, begin
                pieces.append((lane, float(stated)))
                begin = float(stated) + lengths.get(lane, 0.0)
            return pieces
        # Without pieces the path has one lane, named as the connection.
        return [(pick(row, path, "lane_id", "connection_id", "id"), 0.0)]

    def add_connection(self, row, path, lengths, rows):
        name = pick(row, path, "connection_id", "id")
        pieces = self.pieces_of(row, path, lengths)
        length = number(row.get("length_m", row.get("length")))
        if length is None:
            last, begin = pieces[-1]
            if last not in lengths:
                raise Unreadable(f"{path}: connection {name} states no length_m and lane {last} is not in lanes.csv")
            length = begin + lengths[last]
        ground = Ground(name, length)
        ground.connection = name
        ground.junction = pick(row, path, "junction_id", "junction")
        ground.signal = row.get("signal_id", "") or None
        ground.signal_index = int(number(row.get("signal_index"), -1))
        ground.turn_on_red = row.get("turn_on_red", "0") not in ("0", "", "false")
        known = [rows[lane] for lane, _ in pieces if lane in rows]
        ground.allowed = self.classes_of(known[0]) if known else None
        from_lane = pick(row, path, "from_lane", "from_lane_id", "from")
        to_lane = pick(row, path, "to_lane", "to_lane_id", "to")
        for lane in (from_lane, to_lane):
            if lane not in self.at:
                raise Unreadable(f"{path}: connection {name}: lane {lane} is not a road lane of lanes.csv")
        self.at[from_lane][0].out.append(ground)
        ground.into = self.at[to_lane][0]
        for lane, begin in pieces:
            # An id shared by several connections cannot say where a vehicle is.
            if lane in self.at:
                self.problems.append(f"lane id {lane} stands for more than one connection")
            self.at[lane] = (ground, begin)
        self.connections[name] = ground

    def add_conflicts(self, path):
        for row in read_rows(path, ""):
            a = self.connection(pick(row, path, "a", "connection_a", "a_id", "a_connection_id", "from"), path)
            b = self.connection(pick(row, path, "b", "connection_b", "b_id", "b_connection_id", "to"), path)
            a_begin, a_end, b_begin, b_end = (float(pick(row, path, n, n.replace("_m", ""))) for n in
                                              ("a_begin_m", "a_end_m", "b_begin_m", "b_end_m"))
            a.conflicts.append((b, a_begin, a_end, b_begin, b_end))
            b.conflicts.append((a, b_begin, b_end, a_begin, a_end))

    def connection(self, name, path):
        if name not in self.connections:
            raise Unreadable(f"{path}: there is no connection {name} in connections.csv")
        return self.connections[name]


class Findings:
    """Counts by kind, and the words of the first few of each."""

    KINDS = ("overlap", "conflict", "red", "lane", "jump", "ledger", "links", "summary", "crossings")

    def __init__(self, shown=8):
        self.count = dict.fromkeys(self.KINDS, 0)
        self.first = {kind: [] for kind in self.KINDS}
        self.shown = shown

    def add(self, kind, text):
        self.count[kind] += 1
        if len(self.first[kind]) < self.shown:
            self.first[kind].append(text)

    def total(self):
        return sum(self.count.values())


class Signals:
    """signals.csv: a state holds from its row to the next row of its signal."""

    def __init__(self, path, replica):
        self.rows = defaultdict(list)
        if path.exists():
            for row in read_rows(path, replica):
                self.rows[pick(row, path, "signal_id")].append((float(row["time_s"]), row["state"]))
        for rows in self.rows.values():
            rows.sort(key=lambda r: r[0])

    def before(self, signal, time_s):
        """Index of the row in force at time_s, -1 before the first."""
        rows = self.rows.get(signal, [])
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high) // 2
            if rows[middle][0] <= time_s + 1e-9:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def letter(self, signal, index, row):
        state = self.rows[signal][row][1]
        return state[index] if 0 <= index < len(state) else None

    def green_ended(self, signal, index, time_s):
        """When the last green before time_s ended (None: it never was green)."""
        row = self.before(signal, time_s)
        ended = None
        while row >= 0:
            if self.letter(signal, index, row) not in RED + AMBER:
                return ended
            ended = self.rows[signal][row][0]
            row -= 1
        return None


class Vehicle:
    __slots__ = ("ground", "pos", "speed", "behind", "odometer", "past", "length", "type", "last_seen", "first_seen",
                 "entered_ground")

    def __init__(self):
        self.behind = []       # grounds behind the present one, nearest first
        self.odometer = 0.0
        self.past = deque()    # (time, odometer, speed)


class RunCheck:
    def __init__(self, tables, out, fcd=None, replica="", emergency=None):
        self.tables, self.out, self.replica = tables, Path(out), replica
        self.found = Findings()
        self.fcd = Path(fcd) if fcd else self.find_fcd()
        beside = self.fcd.parent
        self.signals = Signals(self.first_of(beside / "signals.csv", self.out / "signals.csv"), replica)
        self.crossings = self.read_crossings(self.first_of(beside / "crossings.csv", self.out / "crossings.csv"))
        self.summary = self.read_summary()
        self.trips = {}
        path = self.out / "trips.csv"
        for row in read_rows(path, replica):
            self.trips[pick(row, path, "vehicle_id")] = row
        self.emergency = self.read_emergency(emergency or {})
        self.vehicles = {}
        self.states = 0
        self.vehicle_states = [0, 0]      # rows in all states, rows of the first state
        self.first_time = self.last_time = None
        self.step = float(self.summary.get("step_s", 1))
        # A run may end early when nothing is left to happen.
        self.end_s = float(self.summary["end_s"])
        self.times = []                   # (time, vehicles seen)
        self.events = defaultdict(lambda: defaultdict(int))   # (what, link or junction) -> time -> count
        self.counts = {}                                     # time -> {link or junction: vehicles}, at boundaries
        self.boundaries = set()
        for row in read_rows(self.out / "links.csv", replica):
            self.boundaries.update((round(float(row["begin_s"]), 3), round(float(row["end_s"]), 3)))

    @staticmethod
    def first_of(*paths):
        return next((p for p in paths if p.exists()), paths[0])

    def find_fcd(self):
        found = sorted(p for pattern in ("fcd*.csv", "fcd*.csv.gz") for p in self.out.glob(pattern))
        if not found:
            raise Unreadable(f"{self.out}: no fcd*.csv; run with --fcd and say --fcd FILE here")
        return found[0]

    def read_summary(self):
        path = self.out / "summary.json"
        try:
            summary = json.loads(path.read_text())
        except (OSError, ValueError) as problem:
            raise Unreadable(f"{path}: {problem}") from problem
        for row in summary if isinstance(summary, list) else summary.get("per_replica", []):
            if str(row.get("replica", 0)) == (self.replica or "0"):
                return {**(summary if isinstance(summary, dict) else {}), **row}
        return summary

    def read_crossings(self, path):
        if not path.exists():
            self.found.add("crossings", f"{path} is missing")
            return None
        crossings = defaultdict(set)
        for row in read_rows(path, self.replica):
            crossings[(round(float(row["time_s"]), 3), row["vehicle_id"])].add(row["connection_id"])
        return crossings

    def read_emergency(self, stated):
        """Emergency deceleration by type: from the command line, else from manifest.json's vehicle types."""
        known = {}
        path = self.out / "manifest.json"
        if path.exists():
            manifest = json.loads(path.read_text())
            for row in manifest.get("vehicle_types", []):
                if "emergency_decel_mps2" in row:
                    known[row.get("id", row.get("type"))] = float(row["emergency_decel_mps2"])
        known.update(stated)
        return known

    # --- one state -----------------------------------------------------------------------------------------------

    def run(self):
        time_s, rows = None, []
        begin, end = float(self.summary["begin_s"]), self.end_s
        for row in read_rows(self.fcd, self.replica):
            at = float(row["time_s"])
            if time_s is not None and at != time_s:
                self.state(time_s, rows)
                rows = []
                self.empty_states(time_s, at)
            elif time_s is None:
                self.empty_states(begin - self.step, at)
            time_s = at
            rows.append(row)
        if time_s is not None:
            self.state(time_s, rows)
        self.empty_states(begin - self.step if time_s is None else time_s, end + self.step)
        self.finish()
        return self.found

    def empty_states(self, before, after):
        """States without a vehicle leave no row; a boundary among them has no vehicle anywhere."""
        time_s = round(before + self.step, 3)
        while time_s < after - 1e-6:
            self.state(time_s, [])
            time_s = round(time_s + self.step, 3)

    def state(self, time_s, rows):
        time_s = round(time_s, 3)
        if self.last_time is not None and time_s <= self.last_time:
            self.found.add("ledger", f"fcd: time {time_s} follows {self.last_time}")
        self.states += 1
        self.vehicle_states[0] += len(rows)
        if self.first_time is None:
            self.first_time, self.vehicle_states[1] = time_s, len(rows)
        bodies = defaultdict(list)
        seen = set()
        for row in rows:
            name = row["vehicle_id"]
            if name in seen:
                self.found.add("ledger", f"{time_s} s: {name} is twice in one state")
                continue
            seen.add(name)
            self.advance(time_s, name, row)
            vehicle = self.vehicles.get(name)
            if vehicle and vehicle.ground is not None:
                self.lay_body(vehicle, name, bodies)
        for name in [n for n, v in self.vehicles.items() if v.last_seen != time_s]:
            self.end(time_s, name)
        self.check_bodies(time_s, bodies)
        if time_s in self.boundaries:
            counts = defaultdict(int)
            for vehicle in self.vehicles.values():
                if vehicle.ground is not None:
                    counts[self.place(vehicle.ground)] += 1
            self.counts[time_s] = counts
        self.times.append((time_s, len(rows)))
        self.last_time = time_s

    @staticmethod
    def place(ground):
        return ("link", ground.link) if ground.connection is None else ("junction", ground.junction)

    def row_place(self, row):
        """The link or junction that a row of links.csv is about. A junction has no lanes; where a link has its id too,
        it is called junction:ID."""
        name = row["link_id"]
        if int(number(row.get("lanes"), 1)) > 0:
            return "link", name
        return "junction", name.removeprefix("junction:")

    def advance(self, time_s, name, row):
        lane = row["lane_id"]
        length, speed, kind = float(row["length_m"]), float(row["speed_mps"]), row.get("type", "")
        trip = self.trips.get(name)
        if trip is None:
            self.found.add("ledger", f"{time_s} s: {name} drives but is not in trips.csv")
        vehicle = self.vehicles.get(name)
        new = vehicle is None
        if new:
            vehicle = self.vehicles[name] = Vehicle()
            vehicle.first_seen = time_s
            vehicle.ground = None
            vehicle.pos = 0.0
            vehicle.speed = speed
        vehicle.length, vehicle.type, vehicle.last_seen = length, kind, time_s
        if not lane:  # parked beside the road
            vehicle.ground, vehicle.behind = None, []
            return
        if lane not in self.tables.at:
            self.found.add("lane", f"{time_s} s: {name} is on {lane}, which is no lane of the network")
            vehicle.ground, vehicle.behind = None, []
            return
        ground, offset = self.tables.at[lane]
        pos = offset + float(row["pos_m"])
        if not (-EPSILON_M <= pos <= ground.length + EPSILON_M):
            self.found.add("lane", f"{time_s} s: {name} is at {pos:.4f} m of {lane}, which has [0, "
                                   f"{ground.length:.4f}]")
        # SUMO's class "ignoring" may use every lane.
        if ground.allowed is not None and trip is not None and trip["class"] not in ground.allowed | {"ignoring"}:
            self.found.add("lane", f"{time_s} s: {name} is a {trip['class']} on {lane}, which admits "
                                   f"{' '.join(sorted(ground.allowed)) or 'nobody'}")
        if new:
            self.insert(time_s, name, trip, vehicle, ground, pos, lane)
        elif vehicle.ground is None:
            vehicle.ground, vehicle.pos = ground, pos
        else:
            self.move(time_s, name, vehicle, ground, pos, speed)
        vehicle.speed = speed
        vehicle.past.append((time_s, vehicle.odometer, speed))
        while vehicle.past[0][0] < time_s - MEMORY_S:
            vehicle.past.popleft()

    def insert(self, time_s, name, trip, vehicle, ground, pos, lane):
        vehicle.ground, vehicle.pos = ground, pos
        self.events[("inserted", self.place(ground))][time_s] += 1
        if trip is not None:
            entered = number(trip["entered_s"], -1)
            if abs(entered - time_s) > 1e-6 and time_s != self.first_time:
                self.found.add("ledger", f"{name} is first seen at {time_s} s; trips.csv says it entered at {entered}")
            if ground.connection is None and trip.get("enter_lane", lane) not in (lane, ""):
                self.found.add("ledger", f"{name} is first seen on {lane}; trips.csv says {trip['enter_lane']}")

    def path(self, start, goal, allowed):
        """Grounds from start (left out) to goal by connections and at most one lane change, or None."""
        if start is goal:
            return []
        first = (start, False)
        came = {first: None}
        queue = deque([(first, 0)])
        while queue:
            here, depth = queue.popleft()
            ground, changed = here
            if depth >= MAX_GROUNDS_A_STEP:
                continue
            following = ([c for c in ground.out if allowed is None or c.name in allowed]
                         if ground.connection is None else [ground.into])
            nexts = [(g, changed) for g in following]
            if not changed:
                nexts += [(g, True) for g in ground.beside]
            for there in nexts:
                if there in came:
                    continue
                came[there] = here
                if there[0] is goal:
                    path = []
                    while there != first:
                        path.append(there[0])
                        there = came[there]
                    return path[::-1]
                queue.append((there, depth + 1))
        return None

    def find_path(self, time_s, name, start, goal):
        crossed = path = None
        if self.crossings is not None:
            crossed = self.crossings.pop((time_s, name), set())
            path = self.path(start, goal, crossed)
        if path is None:
            path = self.path(start, goal, None)
        if path is not None and crossed is not None and crossed != {g.name for g in path if g.connection is not None}:
            self.found.add("crossings", f"{time_s} s: {name} came from {start.name} to {goal.name}; crossings.csv "
                                        f"says {sorted(crossed) or 'nothing'}")
        return path

    def move(self, time_s, name, vehicle, ground, pos, speed):
        path = self.find_path(time_s, name, vehicle.ground, ground)
        if path is None:
            self.found.add("lane", f"{time_s} s: {name} came from {vehicle.ground.name} to {ground.name}, which no "
                                   f"connection joins")
            vehicle.ground, vehicle.pos, vehicle.behind = ground, pos, []
            return
        changed, driven = self.follow(time_s, name, vehicle, path, pos)
        vehicle.odometer += max(driven, 0.0)
        # Lanes side by side may differ in length, so a change of lanes says nothing about the distance.
        limit = max(speed, vehicle.speed) * self.step + 0.01
        if not changed and not -EPSILON_M <= driven <= limit:
            self.found.add("jump", f"{time_s} s: {name} moved {driven:.4f} m on {ground.name} at {vehicle.speed} and "
                                   f"then {speed} m/s")

    def follow(self, time_s, name, vehicle, path, pos):
        """Goes along the path: trails, events, signals. Returns whether it changed lanes, and the metres driven."""
        changed, driven, here = False, -vehicle.pos, vehicle.ground
        for ground in path:
            if ground.connection is None and here.connection is None:  # beside
                changed = True
                if vehicle.pos >= vehicle.length - EPSILON_M:
                    vehicle.behind = []
            else:
                driven += here.length
                vehicle.behind.insert(0, here)
                self.events[("left", self.place(here))][time_s] += 1
                self.events[("entered", self.place(ground))][time_s] += 1
                if ground.connection is not None:
                    self.check_red(time_s, name, vehicle, ground, driven)
            here = ground
        vehicle.ground, vehicle.pos = here, pos
        reach, keep = vehicle.length - pos, 0
        while keep < len(vehicle.behind) and reach > 0:
            reach -= vehicle.behind[keep].length
            keep += 1
        del vehicle.behind[keep:]
        return changed, driven + pos

    def check_red(self, time_s, name, vehicle, connection, driven):
        """`driven` metres after the last state its front passed the stop line of `connection`."""
        signal, index = connection.signal, connection.signal_index
        if not signal or index < 0 or connection.turn_on_red:
            return
        used = round(time_s - self.step, 3)        # step k uses the signals at t(k-1)
        row = self.signals.before(signal, used)
        if row < 0 or self.signals.letter(signal, index, row) not in RED:
            return
        ended = self.signals.green_ended(signal, index, used)
        line = vehicle.odometer + driven
        state = None
        if ended is not None:
            for past in vehicle.past:              # the state at which green was first seen to be over
                if past[0] >= ended - 1e-9:
                    state = past
                    break
        if ended is None or state is None or state[0] > ended + self.step:
            words = "although it was not there, or stood there, when green ended"
        else:
            room = line - state[1]
            need = state[2] ** 2 / (2 * self.emergency.get(vehicle.type, DEFAULT_EMERGENCY_MPS2))
            if need > room - EPSILON_M:
                return
            words = f"although at {state[0]} s it could stop in {need:.2f} m of {room:.2f} m"
        self.found.add("red", f"{time_s} s: {name} crosses {connection.name} of signal {signal} on red {words}")

    def end(self, time_s, name):
        vehicle = self.vehicles.pop(name)
        trip = self.trips.get(name)
        if trip is None:
            return
        status, ended = trip["status"], number(trip["ended_s"], -1)
        if status not in ("arrived", "removed_running", "removed"):
            self.found.add("ledger", f"{name} is last seen at {vehicle.last_seen} s; trips.csv says {status}")
            return
        if not vehicle.last_seen < ended <= time_s + 1e-6:
            self.found.add("ledger", f"{name} is last seen at {vehicle.last_seen} s; trips.csv says it ended at {ended}")
        place = self.tables.at.get(trip.get("end_lane", ""), (vehicle.ground,))[0]
        if vehicle.ground is not None and place is not None:
            path = self.find_path(time_s, name, vehicle.ground, place)
            if path is None:
                self.found.add("lane", f"{time_s} s: {name} ended on {place.name}, which no connection joins to "
                                       f"{vehicle.ground.name}")
            else:
                self.follow(time_s, name, vehicle, path, 0.0)
        what = "arrived" if status == "arrived" else "removed"
        if place is not None:
            self.events[(what, self.place(place))][time_s] += 1

    # --- shared ground -------------------------------------------------------------------------------------------

    @staticmethod
    def lay_body(vehicle, name, bodies):
        rear = vehicle.pos - vehicle.length
        bodies[vehicle.ground].append((rear if rear > 0 else 0.0, vehicle.pos, name))
        reach = -rear
        for ground in vehicle.behind:
            if reach <= 0:
                break
            rear = ground.length - reach
            bodies[ground].append((rear if rear > 0 else 0.0, ground.length, name))
            reach -= ground.length

    def check_bodies(self, time_s, bodies):
        for ground, lying in bodies.items():
            if len(lying) > 1:
                lying.sort()
                # A long body may reach over several others: compare with the furthest front so far.
                furthest, who = lying[0][1], lying[0][2]
                for rear, front, name in lying[1:]:
                    if rear < furthest - EPSILON_M and name != who:
                        self.found.add("overlap", f"{time_s} s: {who} reaches {furthest - rear:.4f} m into {name} on "
                                                  f"{ground.name}")
                    if front > furthest:
                        furthest, who = front, name
            for other, begin, end, other_begin, other_end in ground.conflicts:
                # Each pair stands at both of its connections: count it at one.
                if other not in bodies or ground.name > other.name:
                    continue
                for rear, front, name in lying:
                    if front <= begin + EPSILON_M or rear >= end - EPSILON_M:
                        continue
                    for other_rear, other_front, other_name in bodies[other]:
                        if other_name != name and other_front > other_begin + EPSILON_M and \
                                other_rear < other_end - EPSILON_M:
                            self.found.add("conflict", f"{time_s} s: {name} on {ground.name} and {other_name} on "
                                                       f"{other.name} are both on shared ground")

    # --- after the last state ------------------------------------------------------------------------------------

    def finish(self):
        for (time_s, name), crossed in sorted((self.crossings or {}).items()):
            self.found.add("crossings", f"{time_s} s: {name} is said to cross {sorted(crossed)}, the fcd shows no move")
        self.check_ledger()
        self.check_summary()
        self.check_links()

    def check_ledger(self):
        s, add = self.summary, lambda text: self.found.add("ledger", text)
        for left, right in (("read", ("scheduled", "rejected")),
                            ("loaded", ("waiting", "running", "arrived", "removed")),
                            ("departed", ("running", "arrived", "removed_running")),
                            ("removed", ("removed_waiting", "removed_running"))):
            if s[left] != sum(s[name] for name in right):
                add(f"{left} {s[left]} is not {' + '.join(f'{name} {s[name]}' for name in right)}")
        path = self.out / "trips_rejected.csv"
        if path.exists():
            rejected = sum(1 for _ in read_rows(path, self.replica))
            if rejected != s["rejected"]:
                add(f"trips_rejected.csv has {rejected} rows, summary.json says {s['rejected']}")
        elif s["rejected"]:
            add(f"{s['rejected']} trips are rejected, but trips_rejected.csv is missing")
        running = {n for n, t in self.trips.items() if t["status"] == "running"}
        end = self.end_s
        if self.last_time is not None and abs(self.last_time - end) < self.step / 2 and running != set(self.vehicles):
            odd = sorted(running ^ set(self.vehicles))
            add(f"at the end trips.csv has {len(running)} running, the fcd {len(self.vehicles)}: {odd[:5]}")
        for name, trip in self.trips.items():
            entered = number(trip["entered_s"], -1)
            if trip["status"] in ("arrived", "running") and entered < 0:
                add(f"{name} is {trip['status']} but never entered")
            if trip["status"] in ("scheduled", "waiting", "removed_waiting") and entered >= 0:
                add(f"{name} is {trip['status']} but entered at {entered}")
        self.check_presence()

    def check_presence(self):
        """The ledger at every step: whoever has entered and not ended is seen, and nobody else."""
        change = defaultdict(int)
        for trip in self.trips.values():
            entered, ended = number(trip["entered_s"], -1), number(trip["ended_s"], -1)
            if entered >= 0:
                change[entered] += 1
                if ended >= 0:
                    change[ended] -= 1
        moments = sorted(change)
        expected, i = 0, 0
        for time_s, seen in self.times:
            while i < len(moments) and moments[i] <= time_s + 1e-6:
                expected += change[moments[i]]
                i += 1
            if seen != expected:
                self.found.add("ledger", f"{time_s} s: {seen} vehicles in the fcd, {expected} by trips.csv")

    def near(self, what, ours, stated, absolute, kind="summary"):
        if stated is None:
            return
        if abs(ours - stated) > absolute + 1e-6 * abs(ours):
            self.found.add(kind, f"{what}: {stated} is stated, {ours:.6g} is right")

    def check_summary(self):
        s, trips = self.summary, list(self.trips.values())
        by_status = defaultdict(int)
        for trip in trips:
            by_status[trip["status"]] += 1
        loaded = sum(number(t["scheduled_s"]) <= self.end_s + 1e-9 for t in trips)
        arrived = [t for t in trips if t["status"] == "arrived"]
        entered = [t for t in trips if number(t["entered_s"], -1) >= 0]
        for name, ours in (("scheduled", len(trips)), ("loaded", loaded), ("waiting", by_status["waiting"]),
                           ("running", by_status["running"]), ("arrived", len(arrived)), ("departed", len(entered)),
                           ("removed_waiting", by_status["removed_waiting"]),
                           ("removed_running", by_status["removed_running"])):
            self.near(name, ours, s.get(name), 0)
        for trip in trips:
            start, end = number(trip["entered_s"], -1), number(trip["ended_s"], -1)
            if start >= 0:
                self.near(f"entry_delay_s of {trip['vehicle_id']}", start - number(trip["scheduled_s"]),
                          number(trip["entry_delay_s"]), self.step + 1e-3)
            if start >= 0 and end >= 0:
                self.near(f"trip_s of {trip['vehicle_id']}", end - start, number(trip["trip_s"]), 2e-3)
        if s.get("warm_up_s"):
            return  # sums after a warm-up are not those of trips.csv
        if arrived:
            times = [number(t["ended_s"]) - number(t["entered_s"]) for t in arrived]
            self.near("mean_trip_s", sum(times) / len(times), s.get("mean_trip_s"), 0.02)
            losses = [number(t.get("time_loss_s"), 0) for t in arrived]
            self.near("mean_delay_s", sum(losses) / len(losses), s.get("mean_delay_s"), 0.02)
        if entered:
            delay = sum(number(t["entry_delay_s"]) for t in entered) / len(entered)
            self.near("mean_depart_delay_s", delay, s.get("mean_depart_delay_s"), 0.02)
        end = self.end_s
        on_road = sum((number(t["ended_s"], -1) if number(t["ended_s"], -1) >= 0 else end) - number(t["entered_s"])
                      for t in entered)
        self.near("vht_h", on_road / 3600, s.get("vht_h"), max(0.01, 0.002 * on_road / 3600))
        in_all = sum((number(t["ended_s"], -1) if number(t["ended_s"], -1) >= 0 else end) - number(t["scheduled_s"])
                     for t in trips if number(t["scheduled_s"]) <= end)
        self.near("total_time_h", in_all / 3600, s.get("total_time_h"), max(0.01, 0.002 * in_all / 3600))
        driven = sum(number(t["distance_m"], 0) for t in entered)
        self.near("vkt_km", driven / 1000, s.get("vkt_km"), max(0.01, 0.002 * driven / 1000))
        if s.get("vht_h"):
            self.near("mean_speed_mps", s["vkt_km"] * 1000 / (s["vht_h"] * 3600), s.get("mean_speed_mps"), 0.01)
        first, every = self.vehicle_states[1], self.vehicle_states[0]
        stated = s.get("vehicle_updates")
        if stated is not None and not every - first - max(len(self.vehicles), 1) - 1 <= stated <= every + 1:
            self.found.add("summary", f"vehicle_updates: {stated} is stated, the fcd has {every} vehicle states")

    def check_links(self):
        path = self.out / "links.csv"
        rows = list(read_rows(path, self.replica))
        last_end, sums = {}, defaultdict(float)
        for row in rows:
            name = row["link_id"]
            where = f"{name} [{row['begin_s']}, {row['end_s']})"
            n = {k: int(number(row[k], 0)) for k in
                 ("n_begin", "entered", "inserted", "left", "arrived", "removed", "n_end")}
            if n["n_end"] != n["n_begin"] + n["entered"] + n["inserted"] - n["left"] - n["arrived"] - n["removed"]:
                self.found.add("links", f"{where}: n_end {n['n_end']} does not follow from {n}")
            if name in last_end and last_end[name] != n["n_begin"]:
                self.found.add("links", f"{where}: n_begin {n['n_begin']}, but it ended at {last_end[name]} before")
            last_end[name] = n["n_end"]
            for key in ("inserted", "arrived", "removed", "vehicle_m", "vehicle_s"):
                sums[key] += number(row[key], 0)
            self.check_edie(row, where)
            self.check_against_fcd(row, where, n)
        s = self.summary
        if rows and not s.get("warm_up_s"):
            self.near("the sum of n_end over links.csv against running", sum(last_end.values()), s.get("running"), 0, "links")
            for key, name in (("inserted", "departed"), ("arrived", "arrived"), ("removed", "removed_running")):
                self.near(f"the sum of {key} over links.csv against {name}", sums[key], s.get(name), 0, "links")
            for key, name, unit in (("vehicle_m", "vkt_km", 1000), ("vehicle_s", "vht_h", 3600)):
                if s.get(name) is not None:
                    self.near(f"the sum of {key} over links.csv against {name}", sums[key] / unit, s[name],
                              max(0.01, 0.002 * s[name]), "links")

    def check_edie(self, row, where):
        seconds = float(row["end_s"]) - float(row["begin_s"])
        metres, spent, length = number(row["vehicle_m"], 0), number(row["vehicle_s"], 0), number(row["length_m"], 0)
        if seconds <= 0:
            return
        if length > 0:
            self.near(f"{where}: flow_vph", metres / length / seconds * 3600, number(row["flow_vph"]), 0.1, "links")
            self.near(f"{where}: density_vpkm", spent / seconds / length * 1000, number(row["density_vpkm"]), 0.1, "links")
        if spent > 0.01 and metres > 0.01:
            self.near(f"{where}: speed_mps", metres / spent, number(row["speed_mps"]), 0.01 + 0.001 * metres / spent, "links")

    def check_against_fcd(self, row, where, n):
        begin, end = round(float(row["begin_s"]), 3), round(float(row["end_s"]), 3)
        place = self.row_place(row)
        for key in ("entered", "left", "arrived", "inserted", "removed"):
            events = self.events.get((key, place), {})
            # An event at a boundary belongs to the interval that its step lies in; insertions open the next one.
            inside = sum(c for t, c in events.items() if begin < t < end)
            at_edges = [events.get(begin, 0), events.get(end, 0)]
            if not inside <= n[key] <= inside + sum(at_edges):
                self.found.add("links", f"{where}: {key} {n[key]}, by the fcd {inside} (and {at_edges} at its edges)")
        for key, time_s in (("n_begin", begin), ("n_end", end)):
            if time_s in self.counts:
                seen = self.counts[time_s].get(place, 0)
                new = self.events.get(("inserted", place), {}).get(time_s, 0)
                if not seen - new <= n[key] <= seen:
                    self.found.add("links", f"{where}: {key} {n[key]}, by the fcd {seen} ({new} just inserted)")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--fcd", help="default: OUT/fcd*.csv[.gz]; crossings.csv and signals.csv lie beside it")
    parser.add_argument("--replica", default="")
    parser.add_argument("--emergency-decel", action="append", default=[], metavar="TYPE=MPS2",
                        help=f"where manifest.json does not say (default {DEFAULT_EMERGENCY_MPS2})")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        stated = dict(word.split("=", 1) for word in given.emergency_decel)
        check = RunCheck(Tables(given.tables), given.out, given.fcd, given.replica,
                         {k: float(v) for k, v in stated.items()})
        found = check.run()
    except (Unreadable, KeyError, ValueError) as problem:
        print(f"check_run: {problem if not isinstance(problem, KeyError) else f'no column or key {problem}'}",
              file=sys.stderr)
        return 2
    claimed = check.summary.get("violations", {})
    if given.json:
        print(json.dumps({"found": found.count, "claimed": claimed, "states": check.states,
                          "vehicle_states": check.vehicle_states[0], "first": found.first}, indent=1))
    else:
        for kind, count in found.count.items():
            print(f"{kind:10}{count:8}   {'claimed ' + str(claimed[kind]) if kind in claimed else ''}")
            for text in found.first[kind]:
                print(f"    {text}")
        for text in check.tables.problems[:5]:
            print(f"note: {text}")
        print(f"{check.states} states, {check.vehicle_states[0]} vehicle states, {found.total()} findings")
    return 1 if found.total() else 0


if __name__ == "__main__":
    sys.exit(main())
