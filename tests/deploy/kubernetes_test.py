#!/usr/bin/env python3
"""deploy/kubernetes: what the manifests promise each other, and what the programs that read them say of them.

The program is $POSTHASTE, or that of ./dev; without one the configuration is not checked.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).parents[2]
sys.dont_write_bytecode = True

from kustomize import kustomization  # noqa: E402

KUBERNETES = ROOT / "deploy/kubernetes"
BASE = KUBERNETES / "base"
PROGRAM = pathlib.Path(os.environ.get("POSTHASTE", ROOT / "build/release/posthaste"))
CREDENTIALS = "/run/credentials/posthaste.service"


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)


def resources(folder):
    """The documents that a kustomization names as its own files."""
    return [document for name in kustomization(folder)["resources"] if name.endswith(".yaml")
            for document in yaml.safe_load_all((folder / name).read_text(encoding="utf-8"))]


def of_kind(kind):
    return {document["metadata"]["name"]: document["spec"] for document in resources(BASE) if document["kind"] == kind}


def labels(deployment):
    return deployment["template"]["metadata"]["labels"]


def containers(deployment):
    pod = deployment["template"]["spec"]
    return {one["name"]: one for one in pod["initContainers"] + pod["containers"]}


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


def self_signed(folder):
    """A certificate and its key."""
    done = run("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj", "/CN=posthaste.test",
               "-keyout", folder / "tls.key", "-out", folder / "tls.crt")
    if done.returncode != 0:
        raise AssertionError(done.stderr)


class Kubernetes(unittest.TestCase):
    deployments = of_kind("Deployment")
    config = yaml.safe_load((BASE / "posthaste.yaml").read_text(encoding="utf-8"))

    def test_names_every_file(self):
        for folder in (BASE, KUBERNETES / "keda"):
            known = kustomization(folder)
            named = set(known["resources"]) | {"kustomization.yaml"}
            for generator in known.get("configMapGenerator", []):
                named |= {file.split("=")[-1] for file in generator["files"]}
            self.assertEqual({name for name in named if not name.startswith("..")}, {path.name for path in folder.iterdir()})

    def test_selects_its_pods(self):
        self.assertEqual(set(self.deployments), {"posthaste-api", "posthaste-worker"})
        for name, deployment in self.deployments.items():
            selector = deployment["selector"]["matchLabels"]
            self.assertLessEqual(selector.items(), labels(deployment).items())
            others = [labels(other) for other_name, other in self.deployments.items() if other_name != name]
            self.assertFalse(any(selector.items() <= other.items() for other in others), name)
            spread = deployment["template"]["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]
            self.assertEqual(spread, selector)
            budget = of_kind("PodDisruptionBudget")[name]
            self.assertEqual(budget["selector"]["matchLabels"], selector)
            self.assertLess(budget["maxUnavailable"], deployment["replicas"])
        for policy in of_kind("NetworkPolicy").values():
            wanted = policy["podSelector"]["matchLabels"].items()
            self.assertTrue(any(wanted <= labels(deployment).items() for deployment in self.deployments.values()))

    def test_leads_callers_to_the_api(self):
        service = of_kind("Service")["posthaste"]
        api = self.deployments["posthaste-api"]
        self.assertEqual(service["selector"], api["selector"]["matchLabels"])
        port = {one["name"]: one["containerPort"] for one in containers(api)["posthaste"]["ports"]}[service["ports"][0]["targetPort"]]
        self.assertEqual(self.config["grpc"]["address"], f"0.0.0.0:{port}")
        allowed = of_kind("NetworkPolicy")["posthaste-api"]["ingress"][0]["ports"]
        self.assertEqual([one["port"] for one in allowed], [port])

    def test_gives_each_deployment_its_role(self):
        for name, deployment in self.deployments.items():
            self.assertEqual(containers(deployment)["posthaste"]["args"],
                             ["serve", "--config", "/etc/posthaste/posthaste.yaml", "--role", name.split("-")[1]])

    def test_probes_what_is_shown_to_the_cluster(self):
        host, port = self.config["ops"]["address"].rsplit(":", 1)
        self.assertEqual(host, "0.0.0.0")
        for deployment in self.deployments.values():
            main = containers(deployment)["posthaste"]
            for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
                self.assertEqual(main[probe]["httpGet"], {"path": path, "port": int(port)})
            notes = deployment["template"]["metadata"]["annotations"]
            self.assertEqual((notes["prometheus.io/port"], notes["prometheus.io/path"]), (port, "/metrics"))
            self.assertIn({"name": "ops", "containerPort": int(port)}, main["ports"])
        self.assertEqual(of_kind("NetworkPolicy")["posthaste"]["ingress"][0]["ports"][0]["port"], int(port))

    def test_waits_for_a_stop(self):
        for deployment in self.deployments.values():
            before = containers(deployment)["posthaste"].get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
            grace = seconds(self.config["worker"]["grace"]) + int(before[1])
            self.assertGreater(deployment["template"]["spec"]["terminationGracePeriodSeconds"], grace + 5)

    def test_takes_no_rights(self):
        for deployment in self.deployments.values():
            pod = deployment["template"]["spec"]
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertFalse(pod["automountServiceAccountToken"])
            self.assertNotIn("hostNetwork", pod)
            for container in containers(deployment).values():
                self.assertEqual(container["securityContext"], {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                                "capabilities": {"drop": ["ALL"]}}, container["name"])
                self.assertIn("memory", container["resources"]["limits"])

    def test_runs_as_the_user_of_the_image(self):
        user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "deploy/Containerfile").read_text(encoding="utf-8"), re.M)
        for deployment in self.deployments.values():
            context = deployment["template"]["spec"]["securityContext"]
            self.assertEqual((context["runAsUser"], context["runAsGroup"]), (int(user.group(1)), int(user.group(2))))

    def test_mounts_volumes_that_there_are(self):
        generated = {one["name"] for one in kustomization(BASE)["configMapGenerator"]}
        how_to = (BASE / "kustomization.yaml").read_text(encoding="utf-8")
        for deployment in self.deployments.values():
            volumes = {one["name"]: one for one in deployment["template"]["spec"]["volumes"]}
            mounted = {mount["name"] for container in containers(deployment).values() for mount in container["volumeMounts"]}
            self.assertEqual(mounted, set(volumes))
            for volume in volumes.values():
                if "configMap" in volume:
                    self.assertIn(volume["configMap"]["name"], generated)
                if "secret" in volume:
                    self.assertRegex(how_to, rf"create secret \w+ {volume['secret']['secretName']} ")
                    # The group may read them, which is ours by fsGroup; the copies are their owner's alone.
                    self.assertEqual(volume["secret"]["defaultMode"], 0o440)
            self.assertIn("install -m 0400", containers(deployment)["keys"]["command"][-1])

    def test_has_a_configuration_that_the_program_takes(self):
        if not PROGRAM.exists():
            self.skipTest("no program is built; set POSTHASTE")
        with tempfile.TemporaryDirectory(prefix="ph-kubernetes-") as name:
            folder = pathlib.Path(name)
            self.assertEqual(run(PROGRAM, "keys", "create", "--dir", folder).returncode, 0)
            self_signed(folder)
            shutil.copy(folder / "tls.crt", folder / "redis-ca.crt")
            for secret in ("relay.password", "redis.password"):
                (folder / secret).write_text("secret\n")
            for path in folder.iterdir():
                path.chmod(0o400)
            text = (BASE / "posthaste.yaml").read_text(encoding="utf-8")
            (folder / "posthaste.yaml").write_text(text.replace(CREDENTIALS, name))
            done = run(PROGRAM, "check-config", folder / "posthaste.yaml")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_lets_keda_count_the_workers(self):
        overlay = kustomization(KUBERNETES / "keda")
        self.assertIn("../base", overlay["resources"])
        patch = overlay["patches"][0]
        scaler, = resources(KUBERNETES / "keda")
        target = scaler["spec"]["scaleTargetRef"]["name"]
        self.assertEqual(patch["target"], {"kind": "Deployment", "name": target})
        self.assertEqual(yaml.safe_load(patch["patch"]), [{"op": "remove", "path": "/spec/replicas"}])
        self.assertEqual(scaler["spec"]["minReplicaCount"], self.deployments[target]["replicas"])
        query = scaler["spec"]["triggers"][0]["metadata"]["query"]
        self.assertIn('"posthaste_queue_jobs"', "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.cc")))
        self.assertRegex(query, r"^sum\(max by \(mail_class\) \(posthaste_queue_jobs\{")


if __name__ == "__main__":
    unittest.main()
