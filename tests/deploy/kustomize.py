"""Renders a kustomization as far as deploy/kubernetes needs it; what it does not know, it refuses.

It knows: resources (files and folders), labels on metadata, configMapGenerator of files with a suffix that follows the content (not
Kustomize's own hash), images by newName and newTag, and JSON patches that remove. It does not check what Kustomize itself checks of
its own file.
"""
import hashlib
import pathlib

import yaml

KNOWN = {"apiVersion", "kind", "labels", "resources", "configMapGenerator", "images", "patches"}


def kustomization(folder):
    return yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))


def pod_of(document):
    return document["spec"]["template"]["spec"] if document["kind"] == "Deployment" else {}


def render(folder):
    """The documents that would be applied."""
    folder = pathlib.Path(folder)
    known = kustomization(folder)
    assert set(known) <= KNOWN, f"{folder}: unknown to this helper: {sorted(set(known) - KNOWN)}"
    documents = []
    for name in known["resources"]:
        path = folder / name
        documents += render(path) if path.is_dir() else yaml.safe_load_all(path.read_text(encoding="utf-8"))
    for generator in known.get("configMapGenerator", []):
        documents.append(_generate(folder, generator, documents))
    for document in documents:
        for labels in known.get("labels", []):
            assert set(labels) == {"pairs"}
            document["metadata"].setdefault("labels", {}).update(labels["pairs"])
        for image in known.get("images", []):
            for container in pod_of(document).get("initContainers", []) + pod_of(document).get("containers", []):
                if container["image"].split(":")[0] == image["name"]:
                    container["image"] = f"{image['newName']}:{image['newTag']}"
    for patch in known.get("patches", []):
        target, = [one for one in documents if (one["kind"], one["metadata"]["name"]) == (patch["target"]["kind"], patch["target"]["name"])]
        for operation in yaml.safe_load(patch["patch"]):
            assert operation["op"] == "remove", operation
            *parents, last = operation["path"].strip("/").split("/")
            at = target
            for parent in parents:
                at = at[parent]
            del at[last]
    return documents


def _generate(folder, generator, documents):
    data = {}
    for file in generator["files"]:
        key, _, source = file.rpartition("=")
        data[key or source] = (folder / source).read_text(encoding="utf-8")
    name = f"{generator['name']}-{hashlib.sha256(repr(sorted(data.items())).encode()).hexdigest()[:10]}"
    for document in documents:
        for volume in pod_of(document).get("volumes", []):
            if volume.get("configMap", {}).get("name") == generator["name"]:
                volume["configMap"]["name"] = name
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
