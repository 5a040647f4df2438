#!/usr/bin/env python3
"""Makes a container image without a registry or a daemon: an OCI image layout in one tar (OCI image specification 1.0).

    oci_image.py --name localhost/troupe/hello:1 --output hello.tar --entrypoint /hello --file /hello=build/hello
                 [--arguments serve] [--busybox /bin/busybox] [--folder /tmp=1777] [--text /etc/passwd=root:x:0:0::/:/bin/sh]

The same inputs give the same bytes: times, owners and order are fixed.
"""
import argparse
import hashlib
import io
import json
import os
import platform
import subprocess
import tarfile

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
CREATED = "1970-01-01T00:00:00Z"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Layer:
    """Files of one layer by their path in the image, without the leading slash."""

    def __init__(self):
        self.entries = {}

    def folder(self, path, mode=0o755):
        self.parents(path)
        self.entries[path.strip("/")] = ("folder", b"", mode)

    def file(self, path, content, mode):
        self.parents(path)
        self.entries[path.strip("/")] = ("file", content, mode)

    def link(self, path, target):
        self.parents(path)
        self.entries[path.strip("/")] = ("link", target.encode(), 0o777)

    def parents(self, path):
        parent = os.path.dirname(path.strip("/"))
        if parent and parent not in self.entries:
            self.folder(parent)

    def tar(self):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted(self.entries):
                what, content, mode = self.entries[path]
                entry = tarfile.TarInfo(path)
                entry.mode = mode
                if what == "folder":
                    entry.type = tarfile.DIRTYPE
                elif what == "link":
                    entry.type, entry.linkname = tarfile.SYMTYPE, content.decode()
                else:
                    entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content) if what == "file" else None)
        return buffer.getvalue()


def read_layer(arguments):
    layer = Layer()
    for pair in arguments.folder:
        path, _, mode = pair.partition("=")
        layer.folder(path, int(mode or "755", 8))
    for pair in arguments.file:
        path, _, source = pair.partition("=")
        with open(source, "rb") as content:
            layer.file(path, content.read(), 0o755 if os.access(source, os.X_OK) else 0o644)
    for pair in arguments.text:
        path, _, text = pair.partition("=")
        layer.file(path, text.encode() + b"\n", 0o644)
    if arguments.busybox:
        with open(arguments.busybox, "rb") as content:
            layer.file("/bin/busybox", content.read(), 0o755)
        listed = subprocess.run([arguments.busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
        for applet in listed:
            if applet != "busybox":
                layer.link("/bin/" + applet, "busybox")
    return layer.tar()


def write_image(arguments, layer):
    machine = {"architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux"}
    run = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "WorkingDir": "/",
           "Entrypoint": arguments.entrypoint}
    if arguments.arguments:
        run["Cmd"] = arguments.arguments
    configuration = json.dumps({"created": CREATED, **machine, "config": run,
                                "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(configuration), "size": len(configuration)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest(layer), "size": len(layer)}]}).encode()
    index = json.dumps({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest(manifest), "size": len(manifest), "platform": machine,
        "annotations": {"io.containerd.image.name": arguments.name,
                        "org.opencontainers.image.ref.name": arguments.name.rsplit(":", 1)[-1]}}]}).encode()
    unfinished = arguments.output + ".next"
    with tarfile.open(unfinished, "w", format=tarfile.GNU_FORMAT) as archive:
        parts = [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", index)]
        parts += [("blobs/sha256/" + digest(blob).partition(":")[2], blob) for blob in (layer, configuration, manifest)]
        for path, content in parts:
            entry = tarfile.TarInfo(path)
            entry.mode, entry.size = 0o644, len(content)
            archive.addfile(entry, io.BytesIO(content))
    os.replace(unfinished, arguments.output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True, help="with registry and tag")
    parser.add_argument("--output", required=True)
    parser.add_argument("--entrypoint", action="append", required=True, help="one word; again for more words")
    parser.add_argument("--arguments", action="append", default=[], help="default arguments; one word each")
    parser.add_argument("--file", action="append", default=[], metavar="PATH=SOURCE")
    parser.add_argument("--text", action="append", default=[], metavar="PATH=TEXT")
    parser.add_argument("--folder", action="append", default=[], metavar="PATH=MODE")
    parser.add_argument("--busybox", help="a statically linked busybox: /bin gets all of its commands")
    arguments = parser.parse_args()
    write_image(arguments, read_layer(arguments))


if __name__ == "__main__":
    main()
