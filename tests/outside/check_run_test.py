#!/usr/bin/env python3
"""A checker that cannot fail is worthless: each test forges one fault into a sound run and wants it found."""
import csv
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_run  # noqa: E402

LANES = "lane_id,link_id,index,length_m,width_m,speed_mps,allowed,internal"
CONNECTIONS = "connection_id,from_lane,to_lane,junction_id,length_m,signal_id,signal_index,turn_on_red,pieces"
CONFLICTS = "a,b,a_begin_m,a_end_m,b_begin_m,b_end_m,a_yields,b_yields,merge"
FCD = "time_s,vehicle_id,lane_id,pos_m,speed_mps,x_m,y_m,angle_deg,length_m,width_m,type"
TRIPS = ("vehicle_id,type,class,from_link,to_link,scheduled_s,entered_s,ended_s,status,entry_delay_s,trip_s,distance_m,"
         "free_flow_s,time_loss_s,halted_s,halts,stop_s,reroutes,lane_changes,enter_lane,end_lane,speed_factor")
LINKS = ("begin_s,end_s,link_id,source_id,length_m,lanes,n_begin,entered,inserted,left,arrived,removed,n_end,vehicle_m,"
         "vehicle_s,flow_vph,density_vpkm,speed_mps,travel_time_s,time_loss_s,halted_vehicle_s,queue_mean_m,queue_max_m,"
         "waiting_end")

# Two roads cross and one merges: ew = :J_0 from W (two lanes) to E, sn = :J_1 from S to N, se = :J_2 from S to E.
#   ew 20 m, sn 20 m, se 15 m in two pieces; ew and sn share [8, 12] of both, ew and se end together.
LANE_LENGTHS = {"W_0": 100.0, "W_1": 100.0, "E_0": 100.0, "S_0": 100.0, "N_0": 100.0}
PATHS = {":J_0": ("W_0", "E_0", 20.0), ":J_1": ("S_0", "N_0", 20.0), ":J_2": ("S_0", "E_0", 15.0)}


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = header.split(",")
        writer.writerow(names)
        for row in rows:
            writer.writerow([row.get(n, "") for n in names])


class World:
    """A sound run of 20 s: car `a` drives W_0 ew E_0 on green, truck `b` S_0 sn N_0 long after it; `c` waits on W_1."""

    def __init__(self):
        self.lanes = [{"lane_id": n, "link_id": n[0], "index": n[2], "length_m": m, "allowed": "car truck", "internal": 0}
                      for n, m in LANE_LENGTHS.items()]
        self.lanes += [{"lane_id": via, "link_id": "", "index": 0, "length_m": m, "allowed": "car truck", "internal": 1}
                       for via, m in ((":J_0", 20), (":J_1", 20), (":J_2", 9), (":J_3", 6))]
        self.connections = [{"connection_id": n, "from_lane": f, "to_lane": t, "junction_id": "J",
                             "length_m": m, "signal_id": "T", "signal_index": i, "turn_on_red": 0,
                             "pieces": ":J_2@0 :J_3@9" if n == ":J_2" else ""}
                            for i, (n, (f, t, m)) in enumerate(PATHS.items())]
        self.conflicts = [{"a": ":J_0", "b": ":J_1", "a_begin_m": 8, "a_end_m": 12, "b_begin_m": 8, "b_end_m": 12},
                          {"a": ":J_0", "b": ":J_2", "a_begin_m": 10, "a_end_m": 20, "b_begin_m": 8, "b_end_m": 15}]
        # 10 m/s from 10 m on; a is at 10 m of E_0 at 12 s, arrives at 15 s. b starts at 2 s at 20 m.
        self.fcd, self.crossings, self.signals = [], [], []
        self.drive("a", 0, 10.0, ["W_0", ":J_0", "E_0"], 15, 5.0, 10.0)
        self.drive("b", 2, 20.0, ["S_0", ":J_1", "N_0"], 21, 12.0, 5.0)
        self.drive("c", 1, 50.0, ["W_1"], 21, 5.0, 0.0)
        self.signals = [{"time_s": 0, "signal_id": "T", "state": "Grr"}, {"time_s": 11, "signal_id": "T", "state": "yrr"},
                        {"time_s": 13, "signal_id": "T", "state": "rGG"}]
        self.trips = [
            self.trip("a", "car", 0, 15, "arrived", "W_0", "E_0", 160.0),
            self.trip("b", "truck", 2, -1, "running", "S_0", "", 90.0),
            self.trip("c", "car", 1, -1, "running", "W_1", "", 0.0),
            {"vehicle_id": "d", "type": "car", "class": "car", "scheduled_s": 4, "entered_s": -1, "ended_s": -1,
             "status": "waiting"}]
        self.rejected = [{"vehicle_id": "t", "reason": "class_forbidden"}]
        self.links = []
        self.summary = {"begin_s": 0, "end_s": 20, "step_s": 1, "read": 5, "rejected": 1, "scheduled": 4, "loaded": 4,
                        "waiting": 1, "departed": 3, "running": 2, "arrived": 1, "removed_waiting": 0,
                        "removed_running": 0, "removed": 0, "mean_trip_s": 15.0, "mean_depart_delay_s": 0.0,
                        "mean_delay_s": 0.0, "total_time_h": (15 + 18 + 19 + 16) / 3600,
                        "vkt_km": 0.25, "vht_h": (15 + 18 + 19) / 3600, "mean_speed_mps": 250 / 52,
                        "vehicle_updates": 51,
                        "violations": {"overlap": 0, "red": 0, "conflict": 0, "lane": 0, "conservation": 0}}
        self.link("W", 100, inserted=2, left=1, n_end=1, vehicle_m=90, vehicle_s=9 + 19)
        self.link("J", 0, entered=2, left=1, n_end=1, vehicle_m=20 + 10, vehicle_s=2 + 2)
        self.link("E", 100, entered=1, arrived=1, vehicle_m=50, vehicle_s=4)
        self.link("S", 100, inserted=1, left=1, vehicle_m=80, vehicle_s=16)

    def drive(self, name, begin, pos, path, until, length, speed):
        """Rows from the state `begin` to before `until`, at constant speed along the path."""
        at, here = 0, pos
        lengths = {**LANE_LENGTHS, **{n: p[2] for n, p in PATHS.items()}}
        for time_s in range(begin, until):
            while here > lengths[path[at]]:
                here -= lengths[path[at]]
                at += 1
                if path[at] in PATHS:
                    self.crossings.append({"time_s": time_s, "vehicle_id": name, "connection_id": path[at]})
            lane = path[at]
            self.fcd.append({"time_s": time_s, "vehicle_id": name, "lane_id": lane, "pos_m": f"{here:.4f}",
                             "speed_mps": speed, "length_m": length, "width_m": 1.8,
                             "type": "truck" if length > 6 else "car"})
            here += speed

    @staticmethod
    def trip(name, kind, entered, ended, status, enter_lane, end_lane, distance):
        return {"vehicle_id": name, "type": kind, "class": kind, "scheduled_s": entered, "entered_s": entered,
                "ended_s": ended, "status": status, "entry_delay_s": 0, "trip_s": ended - entered if ended >= 0 else "",
                "distance_m": distance, "enter_lane": enter_lane, "end_lane": end_lane}

    def link(self, name, length, **counts):
        row = {"begin_s": 0, "end_s": 20, "link_id": name, "length_m": length, "lanes": 1 if length else 0, "vehicle_m": 0, "vehicle_s": 0, **counts}
        if length:
            row["flow_vph"] = row["vehicle_m"] / length / 20 * 3600
            row["density_vpkm"] = row["vehicle_s"] / 20 / length * 1000
        if row["vehicle_s"]:
            row["speed_mps"] = row["vehicle_m"] / row["vehicle_s"]
        self.links.append(row)

    def row(self, name, time_s):
        return next(r for r in self.fcd if r["vehicle_id"] == name and r["time_s"] == time_s)

    def check(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            write(folder / "lanes.csv", LANES, self.lanes)
            write(folder / "connections.csv", CONNECTIONS, self.connections)
            write(folder / "conflicts.csv", CONFLICTS, self.conflicts)
            write(folder / "fcd.csv", FCD, sorted(self.fcd, key=lambda r: (r["time_s"], r["vehicle_id"])))
            write(folder / "crossings.csv", "time_s,vehicle_id,connection_id", self.crossings)
            write(folder / "signals.csv", "time_s,signal_id,state", self.signals)
            write(folder / "trips.csv", TRIPS, self.trips)
            write(folder / "trips_rejected.csv", "vehicle_id,reason", self.rejected)
            write(folder / "links.csv", LINKS, self.links)
            (folder / "summary.json").write_text(json.dumps(self.summary))
            check = check_run.RunCheck(check_run.Tables(folder), folder)
            found = check.run()
            return {k: n for k, n in found.count.items() if n}, found.first


class CheckRunTest(unittest.TestCase):
    def assert_found(self, world, kind, count=None, only=True, words=""):
        found, first = world.check()
        self.assertIn(kind, found, first)
        if only:
            self.assertEqual([kind], list(found), first)
        if count is not None:
            self.assertEqual(count, found[kind], first)
        self.assertIn(words, " ".join(first[kind]))

    def test_a_sound_run_has_no_findings(self):
        found, first = World().check()
        self.assertEqual({}, found, first)

    def add_follower(self, world, name, rows, length=5.0, kind="car", entered=None):
        """A vehicle that stands there for the given states: (time, lane, pos)."""
        for time_s, lane, pos in rows:
            world.fcd.append({"time_s": time_s, "vehicle_id": name, "lane_id": lane, "pos_m": pos, "speed_mps": 0,
                              "length_m": length, "type": kind})

    def test_overlap_on_one_lane(self):
        world = World()  # c stands at 50 m of W_1, its rear at 45 m
        self.add_follower(world, "x", [(5, "W_1", 45.2), (6, "W_1", 45.2)])
        self.assert_found(world, "overlap", 2, only=False)

    def test_touching_is_no_overlap(self):
        world = World()
        self.add_follower(world, "x", [(5, "W_1", 45.0)])
        self.assertNotIn("overlap", world.check()[0])

    def test_overlap_with_a_tail_on_the_lane_before(self):
        world = World()  # b, 12 m long, is at 5 m of sn at 19 s: its tail covers [93, 100] of S_0
        self.assertEqual((":J_1", "5.0000"), (world.row("b", 19)["lane_id"], world.row("b", 19)["pos_m"]))
        self.add_follower(world, "x", [(19, "S_0", 94.0)])
        self.assert_found(world, "overlap", 1, only=False)
        world.fcd[-1]["pos_m"] = 92.9
        self.assertNotIn("overlap", world.check()[0])

    def test_conflict_of_crossing_bodies(self):
        world = World()  # a is at 10 m of ew at 10 s: its body [5, 10] reaches into [8, 12]
        self.assertEqual((":J_0", "10.0000"), (world.row("a", 10)["lane_id"], world.row("a", 10)["pos_m"]))
        self.add_follower(world, "x", [(10, ":J_1", 8.5)])
        self.assert_found(world, "conflict", 1, only=False)
        world.fcd[-1]["pos_m"] = 7.9
        self.assertNotIn("conflict", world.check()[0])

    def test_conflict_on_the_second_piece_of_a_path(self):
        world = World()  # 1 m of :J_3 is 10 m of se, where it merges with ew
        self.add_follower(world, "x", [(11, ":J_3", 1.0)])
        self.assert_found(world, "conflict", 1, only=False)

    def test_red_light_that_could_be_obeyed(self):
        world = World()
        world.signals[1]["time_s"], world.signals[2]["time_s"] = 4, 7  # amber while a is at 50 m of 100 m
        self.assert_found(world, "red", 1, words="could stop")

    def test_red_light_that_came_too_late_to_stop(self):
        world = World()  # at 9 s a stands at the line with 10 m/s
        world.signals[1]["time_s"], world.signals[2]["time_s"] = 9, 9.0
        world.signals[1]["state"] = "rrr"
        found, first = world.check()
        self.assertNotIn("red", found, first)

    def test_red_light_that_was_always_red(self):
        world = World()
        world.signals = [{"time_s": 0, "signal_id": "T", "state": "rrG"}]
        self.assert_found(world, "red", 2)

    def test_right_on_red_is_allowed_where_the_map_says_so(self):
        world = World()
        world.signals = [{"time_s": 0, "signal_id": "T", "state": "rrG"}]
        for row in world.connections:
            row["turn_on_red"] = 1
        self.assertEqual({}, world.check()[0])

    def test_forbidden_class(self):
        world = World()
        world.lanes[0]["allowed"] = "truck"
        self.assert_found(world, "lane", 10, words="a car on W_0")

    def test_position_outside_the_lane(self):
        world = World()
        world.row("c", 20)["pos_m"] = 100.5
        world.row("c", 20)["speed_mps"] = 60
        self.assert_found(world, "lane", 1, words="100.5")

    def test_move_without_a_connection(self):
        world = World()  # from W_1 there is no way to E_0
        world.row("c", 20)["lane_id"] = "N_0"
        self.assert_found(world, "lane", only=False, words="no connection joins")

    def test_lane_that_does_not_exist(self):
        world = World()
        world.row("c", 20)["lane_id"] = "X_0"
        self.assert_found(world, "lane", only=False, words="no lane of the network")

    def test_lane_change_is_a_move(self):
        world = World()
        for time_s in range(15, 21):
            world.row("c", time_s)["lane_id"] = "W_0"
        self.assertEqual({}, world.check()[0])

    def test_jump(self):
        world = World()
        world.row("c", 20)["pos_m"] = 60
        self.assert_found(world, "jump", 1)

    def test_backwards(self):
        world = World()
        world.row("c", 20)["pos_m"] = 49
        self.assert_found(world, "jump", 1)

    def test_crossing_that_is_not_recorded(self):
        world = World()
        del world.crossings[0]
        self.assert_found(world, "crossings", 1)

    def test_crossing_that_did_not_happen(self):
        world = World()
        world.crossings.append({"time_s": 5, "vehicle_id": "c", "connection_id": ":J_0"})
        self.assert_found(world, "crossings", 1)

    def test_vehicle_that_vanishes(self):
        world = World()
        world.fcd = [r for r in world.fcd if not (r["vehicle_id"] == "c" and r["time_s"] > 15)]
        self.assert_found(world, "ledger", only=False, words="last seen")

    def test_vehicle_out_of_nowhere(self):
        world = World()
        self.add_follower(world, "x", [(5, "N_0", 45.0)])
        self.assert_found(world, "ledger", only=False, words="not in trips.csv")

    def test_vehicle_seen_too_late(self):
        world = World()
        world.fcd = [r for r in world.fcd if not (r["vehicle_id"] == "c" and r["time_s"] == 1)]
        self.assert_found(world, "ledger", only=False, words="entered at")

    def test_ledger_identities(self):
        for key in ("read", "loaded", "departed", "removed"):
            world = World()
            world.summary[key] += 1
            self.assert_found(world, "ledger", only=False, words=key)

    def test_rejected_trip_without_a_row(self):
        world = World()
        world.rejected = []
        self.assert_found(world, "ledger", 1, words="trips_rejected")

    def test_summary_against_trips(self):
        for key, wrong in (("arrived", 2), ("mean_trip_s", 14.0), ("mean_depart_delay_s", 1.0), ("vht_h", 0.1), ("total_time_h", 0.2), ("mean_delay_s", 3.0),
                           ("vkt_km", 0.5), ("mean_speed_mps", 9.0), ("vehicle_updates", 400)):
            world = World()
            world.summary[key] = wrong
            self.assert_found(world, "summary", only=False, words=key)

    def test_links_do_not_add_up(self):
        world = World()
        world.links[0]["n_end"] = 2
        self.assert_found(world, "links", only=False, words="does not follow")

    def test_links_do_not_continue(self):
        world = World()
        world.links.append({**world.links[0], "begin_s": 20, "end_s": 40, "n_begin": 3, "inserted": 0, "left": 0, "n_end": 3})
        self.assert_found(world, "links", only=False, words="ended at 1 before")

    def test_links_against_the_fcd(self):
        world = World()  # balanced, but nobody entered and left E like that
        world.links[2].update(entered=2, left=1)
        self.assert_found(world, "links", 2, words="by the fcd")

    def test_links_against_edie(self):
        for key in ("flow_vph", "density_vpkm", "speed_mps"):
            world = World()
            world.links[0][key] *= 1.2
            self.assert_found(world, "links", 1, words=key)

    def test_links_against_the_summary(self):
        world = World()
        world.links[0]["vehicle_s"] += 60
        self.assert_found(world, "links", only=False, words="vht_h")

    def test_missing_column_is_said(self):
        world = World()
        for row in world.conflicts:
            row.pop("a_begin_m")
        with self.assertRaises(ValueError):
            world.check()


if __name__ == "__main__":
    unittest.main(verbosity=1)
