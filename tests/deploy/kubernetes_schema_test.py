#!/usr/bin/env python3
"""deploy/kubernetes as it is applied, held against the schemas of Kubernetes and KEDA."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True

from kustomize import render  # noqa: E402

SCHEMA = pathlib.Path(__file__).with_name("kubernetes_schema.mjs")


def complaints(documents):
    done = subprocess.run(["node", SCHEMA, os.environ["KUBERNETES_SCHEMAS"]], input=json.dumps(documents), capture_output=True, text=True,
                          timeout=100, check=True)
    return json.loads(done.stdout)


def container(document):
    return document["spec"]["template"]["spec"]["containers"][0]


# (the kind, what the schemas name, the fault)
FAULTS = [
    ("Deployment", "readinesProbe", lambda one: container(one).update(readinesProbe=container(one).pop("readinessProbe"))),
    ("Deployment", "runAsNonRoot", lambda one: one["spec"]["template"]["spec"]["securityContext"].update(runAsNonRoot="yes")),
    ("Deployment", "template", lambda one: one["spec"].pop("template")),
    ("Deployment", "livenessProbe/periodSeconds", lambda one: container(one)["livenessProbe"].update(periodSeconds=2 ** 31)),
    ("Deployment", "requests/memory", lambda one: container(one)["resources"]["requests"].update(memory=[])),
    ("Service", "port", lambda one: one["spec"]["ports"][0].pop("port")),
    ("PodDisruptionBudget", "maxUnavailabel", lambda one: one["spec"].update(maxUnavailabel=1)),
    ("NetworkPolicy", "podSelector", lambda one: one["spec"].pop("podSelector")),
    ("ConfigMap", "string", lambda one: one["data"].update(more=1)),
    ("ScaledObject", "minReplicaCounts", lambda one: one["spec"].update(minReplicaCounts=2)),
    ("ScaledObject", "triggers", lambda one: one["spec"].pop("triggers")),
    ("ScaledObject", "threshold", lambda one: one["spec"]["triggers"][0]["metadata"].update(threshold=500)),
]


class Schema(unittest.TestCase):
    rendered = {name: render(ROOT / "deploy/kubernetes" / name) for name in ("base", "keda")}

    def test_takes_what_is_applied_and_finds_planted_faults(self):
        good = self.rendered["base"] + self.rendered["keda"]
        planted = []
        for kind, _, fault in FAULTS:
            planted.append(copy.deepcopy(next(one for one in self.rendered["keda"] if one["kind"] == kind)))
            fault(planted[-1])
        said = complaints(good + planted)
        for document, words in zip(good, said):
            self.assertEqual(words, [], (document["kind"], document["metadata"]["name"]))
        for (kind, part, _), words in zip(FAULTS, said[len(good):]):
            self.assertIn(part, " ".join(words), kind)

    def test_renders_what_kustomize_would(self):
        base, keda = ({(one["kind"], one["metadata"]["name"]): one for one in self.rendered[name]} for name in ("base", "keda"))
        self.assertEqual(set(base), set(keda) - {("ScaledObject", "posthaste-worker")})
        worker = ("Deployment", "posthaste-worker")
        self.assertIn("replicas", base[worker]["spec"])
        self.assertNotIn("replicas", keda[worker]["spec"])
        pod = base[worker]["spec"]["template"]["spec"]
        self.assertEqual([one["image"] for one in pod["containers"] if one["name"] == "posthaste"], ["registry.example.com/posthaste:latest"])
        maps = {name for kind, name in base if kind == "ConfigMap"}
        self.assertEqual({one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one}, maps)
        for one in base.values():
            self.assertEqual(one["metadata"]["labels"]["app.kubernetes.io/part-of"], "posthaste")


if __name__ == "__main__":
    unittest.main()
