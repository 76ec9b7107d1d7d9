#!/usr/bin/env python3
"""Flow against density on a ring in SUMO: the table that `arterial bench laws` holds Krauss with noise against.

    tools/sumo_ring.py --sumo BIN_FOLDER > scenarios/validate/sumo_ring.inc

BIN_FOLDER holds sumo and netconvert (pip install eclipse-sumo). A ring of 1 km in one lane at 50 km/h, SUMO's passenger
car with the same desired speed for everyone, released at once from equal distances; means of [600 s, 3600 s) over
ten seeds. `sigmaStep` 1: a driver's imperfection is drawn once a second at any step.
"""
import argparse
import concurrent.futures
import math
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

SPEED, LENGTH, RELEASE = 13.8889, 1000.0, 100


def net(folder, sumo):
    (folder / "r.nod.xml").write_text(
        '<nodes><node id="a" x="0" y="0"/><node id="b" x="500" y="0"/></nodes>')
    def arc(side):
        radius = LENGTH / 2 / math.pi
        points = [(250 - side * radius * math.cos(math.pi * k / 24), side * radius * math.sin(math.pi * k / 24))
                  for k in range(25)]
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    edges = "".join(
        f'<edge id="{f}{t}" from="{f}" to="{t}" numLanes="1" speed="{SPEED}" length="{LENGTH / 2}" shape="{arc(s)}"/>'
        for f, t, s in (("a", "b", 1), ("b", "a", -1)))
    (folder / "r.edg.xml").write_text(f"<edges>{edges}</edges>")
    subprocess.run([f"{sumo}/netconvert", "-n", "r.nod.xml", "-e", "r.edg.xml", "-o", "r.net.xml",
                    "--no-internal-links", "--no-turnarounds", "true"], cwd=folder, check=True, capture_output=True)


def run(folder, sumo, model, sigma, n, step, seed):
    name = f"{model}_{sigma}_{n}_{step}_{seed}"
    lines = [f'<routes><vType id="t" carFollowModel="{model}" sigma="{sigma}" sigmaStep="1" speedDev="0"/>',
             '<route id="ab" edges="ab ba" repeat="200"/><route id="ba" edges="ba ab" repeat="200"/>']
    for k in range(n):
        place = LENGTH * (k + 0.5) / n
        edge, pos = ("ab", place) if place < LENGTH / 2 else ("ba", place - LENGTH / 2)
        pos = min(max(pos, 5), LENGTH / 2 - 0.5)
        lines.append(f'<vehicle id="v{k}" type="t" route="{edge}" depart="0" departPos="{pos:.3f}" departSpeed="0">'
                     f'<stop lane="{edge}_0" startPos="{pos - 1:.3f}" endPos="{pos:.3f}" until="{RELEASE}"/></vehicle>')
    (folder / f"{name}.rou.xml").write_text("\n".join(lines) + "</routes>")
    subprocess.run([f"{sumo}/sumo", "-n", "r.net.xml", "-r", f"{name}.rou.xml", "--step-length", str(step), "--seed",
                    str(seed), "--end", "3600", "--summary-output", f"{name}.xml", "--summary-output.period", "1",
                    "--no-step-log", "--time-to-teleport", "-1", "--no-warnings"], cwd=folder, check=True, capture_output=True)
    speeds = [float(s.get("meanSpeed")) for s in ET.parse(folder / f"{name}.xml").getroot()
              if float(s.get("time")) >= 600]
    running = int(ET.parse(folder / f"{name}.xml").getroot()[-1].get("running"))
    for path in folder.glob(f"{name}.*"):
        path.unlink()
    assert running == n, (name, running)
    return sum(speeds) / len(speeds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sumo", required=True)
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    version = subprocess.run([f"{arguments.sumo}/sumo", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        net(folder, arguments.sumo)
        print(f"// Written by tools/sumo_ring.py with {version}; {arguments.seeds} seeds. Do not edit.")
        print("// {vehicles on 1 km, step in s, mean flow in veh/h, standard deviation over seeds}")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for step in (1.0, 0.5, 0.1):
                for n in (10, 20, 30, 40, 50, 60, 80, 100, 120):
                    jobs = [pool.submit(run, folder, arguments.sumo, "Krauss", 0.5, n, step, seed)
                            for seed in range(1, arguments.seeds + 1 if step > 0.1 else 3)]
                    flows = [job.result() * 3.6 * n for job in jobs]
                    mean = sum(flows) / len(flows)
                    spread = math.sqrt(sum((f - mean) ** 2 for f in flows) / max(1, len(flows) - 1))
                    print(f"{{{n}, {step}, {mean:.2f}, {spread:.2f}}},", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
