#!/usr/bin/env python3
"""The dashboard against the code and the manual: a panel that asks for what nobody exports stays empty on the day that it is needed."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy/grafana/posthaste.json").read_text(encoding="utf-8"))
MANUAL = (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8")
# Labels that Prometheus and its histograms add to ours.
ADDED = {"job", "le"}


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries():
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def documented():
    """The manual's table: metric to its labels."""
    section = MANUAL[MANUAL.index("## Metrics"):MANUAL.index("## Alerts")]
    rows = [row.split("|") for row in section.splitlines() if row.startswith("| `posthaste_")]
    return {re.search(r"`(\w+)`", row[1]).group(1): set(re.findall(r"`(\w+)`", row[2])) for row in rows}


class Dashboard(unittest.TestCase):
    def test_asks_for_metrics_and_labels_that_there_are(self):
        code = "".join(path.read_text(encoding="utf-8") for folder in ("base", "smtp", "service")
                       for path in (ROOT / folder).rglob("*.cc"))
        known = documented()
        for query in queries():
            found = re.findall(r"\b(posthaste_\w+)\{(.*?)\}", query)
            self.assertTrue(found, query)
            for name, selector in found:
                plain = name if name in known else re.sub(r"_(bucket|sum|count)$", "", name)
                self.assertIn(plain, known)
                self.assertIn(f'"{plain}"', code)
                labels = set(re.findall(r"(\w+)(?:=~|!=|=)\"", selector))
                self.assertLessEqual(labels, known[plain] | ADDED, query)
            grouped = {label for group in re.findall(r"\bby \((.*?)\)", query) for label in group.split(", ")}
            self.assertLessEqual(grouped, ADDED | set().union(*(known.get(re.sub(r"_(bucket|sum|count)$", "", name), set()) |
                                                                known.get(name, set()) for name, _ in found)), query)

    def test_writes_legends_of_labels_that_the_query_keeps(self):
        for panel in panels():
            for target in panel["targets"]:
                for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                    self.assertRegex(target["expr"], rf"\bby \([^)]*\b{label}\b", panel["title"])

    def test_never_adds_up_what_all_processes_say_alike(self):
        for query in queries():
            for name in ("posthaste_queue_jobs", "posthaste_queue_oldest_timestamp_seconds", "posthaste_parked_jobs", "posthaste_holds"):
                self.assertNotRegex(query, rf"sum(?: by \([^)]*\))? \(*{name}|sum\({name}", query)

    def test_has_queries_that_prometheus_can_read(self):
        # promtool judges rules, so each query becomes one; Grafana's variables become what they stand for.
        rules = [{"record": f"panel:{index}", "expr": query.replace("$__rate_interval", "5m").replace("$job", ".+")}
                 for index, query in enumerate(queries())]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_says_of_each_panel_what_it_is_for(self):
        for panel in panels():
            self.assertRegex(panel.get("description", ""), r"^.{10,}\.$", panel["title"])

    def test_lays_panels_side_by_side(self):
        taken = {}
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for cell in [(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]:
                self.assertNotIn(cell, taken, f'{panel["title"]} over {taken.get(cell)}')
                taken[cell] = panel["title"]
        numbers = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_takes_the_data_source_that_its_reader_chooses(self):
        for panel in panels():
            self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"])


if __name__ == "__main__":
    unittest.main()
