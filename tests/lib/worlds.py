# SPDX-License-Identifier: GPL-2.0-or-later
"""The far worlds, the near machine's layer, and rsx-server inside a world.

A world is a list of read-only layers made by tests/e2e/worlds/build.  The
folders that tests write to (DATA) are copied for each run, the rest is seen
through an overlay.

The native oracle for `rsx-trace CMD` is CMD run in the same world with this
machine's code laid over it, since code is what rsx takes from here.
"""

import fcntl
import glob
import os
import shutil
import subprocess
import time

import network
import paths
import sandbox

FILE_WORLDS = ("debian", "nousr", "trixie")
NAMES = FILE_WORLDS + ("net",)
EXTRA = ("musl",)  # for the cases that name them
DATA = ("home", "srv")
CODE_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
CODE_FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
              "/etc/alternatives")
HIDDEN = "/.rsx"
DECOY = b"This is the near machine's file: a call ran on the wrong side.\n"


class World:
    """One far root: its layers, and how processes are started in it."""

    def __init__(self, name):
        if name not in NAMES + EXTRA:
            raise ValueError(f"no world named {name}: choose from {', '.join(NAMES + EXTRA)}")
        build = os.path.join(paths.E2E, "worlds", "build")
        done = subprocess.run([build, name], stdout=subprocess.PIPE, text=True,
                              check=True)
        self.name = name
        self.layers = done.stdout.splitlines()
        with open(os.path.join(self.layers[0], "etc/hostname"), encoding="utf-8") as file:
            self.hostname = file.read().strip()

    @property
    def networked(self):
        return self.name == "net"

    def surroundings(self, place, near, env):
        """What one run in this world shares with others at the same time."""
        return Surroundings(self, place, near, env) if self.networked else Nothing()

    def fresh(self, place):
        """Makes the folders of one run; its data belongs to it alone."""
        for name in ("root", "upper", "work"):
            os.makedirs(f"{place}/{name}")
        for name in DATA:
            source = f"{self.layers[0]}/{name}"
            if os.path.isdir(source):
                subprocess.run(["cp", "-a", source, f"{place}/upper/{name}"], check=True)
                os.setxattr(f"{place}/upper/{name}", "trusted.overlay.opaque", b"y")

    def run_native(self, place, argv, near, **how):
        """argv with this machine's code and the world's everything else.

        Without `near` it is the world alone, its code included.
        """
        if not near:
            self.fresh(place)
            return sandbox.spawn_world(
                f"{place}/root", argv, hostname=self.hostname, lowers=self.layers,
                upper=f"{place}/upper", work=f"{place}/work",
                binds=[("/sys", "/sys", False)], **how)
        overlays = [([f"{near}/usr", "/usr"], "/usr")]
        overlays += [(["/" + name], "/" + name) for name in CODE_FOLDERS
                     if _is_folder("/" + name)]
        binds = [(path, path, True) for path in CODE_FILES if os.path.exists(path)]
        if not self.networked:
            binds.append(("/sys", "/sys", False))
            self.fresh(place)
            points = _code_points(f"{place}/points", self.layers)
            how.update(lowers=[points] + self.layers, upper=f"{place}/upper",
                       work=f"{place}/work")
        return sandbox.spawn_world(
            f"{place}/root", argv, hostname=self.hostname, binds=binds,
            overlays=_readable(overlays), **how)

    def run_server(self, place, stage, socket_dir, args, **how):
        """rsx-server with `args`; its files are in the hidden folder."""
        binds = [(stage, HIDDEN, True), (socket_dir, HIDDEN + "/run", False)]
        env = {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": HIDDEN, "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if not self.networked:
            self.fresh(place)
            how.update(lowers=self.layers, upper=f"{place}/upper", work=f"{place}/work")
        return sandbox.spawn_world(
            f"{place}/root", [HIDDEN + "/rsx-server"] + args, env=env,
            hostname=self.hostname, binds=binds, **how)


class Nothing:
    """The surroundings of a world without a network of its own."""

    far = near = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Surroundings:
    """Two network namespaces, one far tree for all who are in the world, and
    an agent on each side that runs commands natively (src/near/agent.c).

    `far` and `near` are what to give to run_native and run_server, and to
    sandbox.spawn_near, so that they run in it.
    """

    def __init__(self, world, place, near, env):
        self.world, self.place, self.code, self.env = world, place, near, env
        self.tree = f"{place}/tree"

    def __enter__(self):
        place = f"{self.place}/agents"
        os.makedirs(f"{place}/root")
        os.mkdir(self.tree)
        self.world.fresh(self.place)
        points = _code_points(f"{self.place}/points", self.world.layers)
        sandbox.overlay(self.world.layers + [points], self.tree, f"{self.place}/upper",
                        f"{self.place}/work")
        self.network = network.Network()
        self.far = {"tree": self.tree, "network": self.network.far}
        self.near = {"network": self.network.near}
        self.agents = []
        with open("/dev/null", "r+b") as null, open(f"{place}/err", "wb") as err:
            self._start_agents(place, (null.fileno(), err.fileno(), err.fileno()))
        return self

    def _start_agents(self, place, stdio):
        far = self.world.run_native(
            place, ["t-agent", network.LAN, str(network.AGENT_PORT)], self.code,
            stdio=stdio, env=self.env, cwd="/srv/work", **self.far)
        self.agents.append(far)
        path = f"{self.code}/usr/local/bin:{self.env['PATH']}"
        near = sandbox.spawn_beside(
            ["t-agent", network.NEAR, str(network.AGENT_PORT)], stdio=stdio,
            env=dict(self.env, PATH=path), cwd="/", network=self.network.near)
        self.agents.append(near)
        for agent, pid in ((far, far.init), (near, near.pid)):
            if not wait_until_listening(agent, f"tcp:{network.AGENT_PORT}", pid):
                raise RuntimeError("an agent does not listen")

    def __exit__(self, *_):
        for agent in self.agents:
            agent.end()
        self.network.close()
        sandbox.unmount(self.tree)


def _is_folder(path):
    return os.path.isdir(path) and not os.path.islink(path)


def _readable(overlays):
    """An overlay without an upper needs two lowers: repeat with an empty one."""
    empty = os.path.join(paths.CACHE, "empty")
    os.makedirs(empty, exist_ok=True)
    return [(layers if len(layers) > 1 else layers + [empty], path)
            for layers, path in overlays]


def _code_points(points, layers):
    """A layer with the mount points for this machine's code."""
    os.makedirs(f"{points}/usr")
    for name in CODE_FOLDERS:
        if os.path.islink("/" + name):
            os.symlink(os.readlink("/" + name), f"{points}/{name}")
        elif os.path.isdir("/" + name):
            os.mkdir(f"{points}/{name}")
    os.mkdir(f"{points}/etc")
    for layer in layers:
        if os.path.isdir(f"{layer}/etc"):
            shutil.copystat(f"{layer}/etc", f"{points}/etc")
            break
    for path in CODE_FILES:
        if os.path.isdir(path):
            os.mkdir(points + path)
        elif os.path.exists(path):
            with open(points + path, "wb"):
                pass
    shutil.copystat(layers[0], points)
    return points


def near_layer(worlds, target):
    """Copies to target what is laid over this machine's tree: helper programs, and decoys.

    For every file that the worlds have, a file of the same name and other
    contents stands here, so that a call on the wrong side shows.
    """
    sources = os.path.join(paths.E2E, "src")
    layer = os.path.join(paths.CACHE, "near-" + paths.fingerprint(sources))
    with _locked("near.lock"):
        if not os.path.exists(f"{layer}/usr"):
            for old in glob.glob(os.path.join(paths.CACHE, "near-*")):
                sandbox.remove(old)
            _build_helpers(sources, f"{layer}.new/usr/local/bin")
            os.rename(f"{layer}.new", layer)
        for world in worlds:
            _plant_decoys(world.layers[0], layer)
        # another tree's tests may build theirs, and remove this one, at any time
        subprocess.run(["cp", "-a", layer, target], check=True)


def _locked(name):
    os.makedirs(paths.CACHE, exist_ok=True)
    lock = open(os.path.join(paths.CACHE, name), "w", encoding="utf-8")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _build_helpers(sources, target):
    sandbox.remove(target)
    os.makedirs(target)
    cflags = ["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]
    for path in glob.glob(f"{sources}/near/*.c"):
        _compile(["gcc", *cflags, path], target, path)
    for path in glob.glob(f"{sources}/near/*.sh") + glob.glob(f"{sources}/near/*.py"):
        shutil.copy(path, f"{target}/t-" + os.path.basename(path)[:-3])
    for path in glob.glob(f"{sources}/near/*.cc"):
        _compile(["g++", *cflags, path], target, path)
    for path in glob.glob(f"{sources}/static/*.c"):
        _compile(["gcc", "-static", *cflags, path], target, path)
    for path in glob.glob(f"{sources}/go/*.go"):
        _compile(["go", "build", path], target, path)
    for path in glob.glob(f"{sources}/rust/*.rs"):
        rustc = ["rustc", "-O", "--edition", "2018", path]
        _compile(rustc, target, path)
        _compile([*rustc, "-C", "target-feature=+crt-static"], target, path, "-static")


def _compile(command, target, path, suffix=""):
    out = "t-" + os.path.splitext(os.path.basename(path))[0] + suffix
    env = dict(os.environ, CGO_ENABLED="0", GO111MODULE="off", GOFLAGS="",
               GOCACHE=os.path.join(paths.CACHE, "go"))
    at = 2 if command[0] == "go" else 1
    subprocess.run(command[:at] + ["-o", f"{target}/{out}"] + command[at:],
                   env=env, check=True)


def _plant_decoys(source, layer):
    for name in DATA:
        for where, dirs, files in os.walk(f"{source}/{name}"):
            here = layer + where[len(source):]
            os.makedirs(here, exist_ok=True)
            for file in files:
                decoy = os.path.join(here, file)
                if os.path.isfile(os.path.join(where, file)) and not os.path.exists(decoy):
                    with open(decoy, "wb") as out:
                        out.write(DECOY)


def stage_server(binary, stage, key=None):
    """Copies rsx-server with its loader and libraries into one folder.

    The copy asks for the loader in the hidden folder, so that it runs in a
    root that has neither a loader nor libraries.
    """
    os.makedirs(f"{stage}/run")
    with open(binary, "rb") as file:
        image = file.read()
    listed = subprocess.run(["ldd", binary], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False)
    for line in listed.stdout.splitlines():
        found = [word for word in line.split() if word.startswith("/")]
        if not found:
            continue
        path = found[-1]
        loader = path.encode() + b"\0"
        if "=>" not in line and loader in image:
            ours = f"{HIDDEN}/ld.so".encode()
            image = image.replace(loader, ours.ljust(len(loader), b"\0"), 1)
            shutil.copy(path, f"{stage}/ld.so")
        shutil.copy(path, f"{stage}/{os.path.basename(path)}")
    with open(f"{stage}/rsx-server", "wb") as file:
        file.write(image)
    os.chmod(f"{stage}/rsx-server", 0o755)
    if key:
        shutil.copy(key, f"{stage}/key")
    return stage


def server_args(address, key):
    """What rsx-server is told to serve `address` as seen from the near side.

    `key` is a path in the world, or None.
    """
    kind, rest = address.split(":", 1)
    if kind == "unix":
        return ["--listen", f"unix:{HIDDEN}/run/{os.path.basename(rest)}"]
    return (["--key", key] if key else ["--insecure"]) + ["--listen", address]


def is_listening(address, pid="self"):
    """Whether someone accepts connections there, without making one.

    `pid` is a process in the network namespace where that would be.
    """
    kind, rest = address.split(":", 1)
    if kind == "unix":
        name = HIDDEN + "/run/" + os.path.basename(rest)
        with open(f"/proc/{pid}/net/unix", encoding="utf-8") as table:
            return os.path.exists(rest) and any(
                line.split()[3] == "00010000" and line.split()[-1] == name
                for line in table if "/" in line)
    port = f":{int(rest.rsplit(':', 1)[-1]):04X}"
    for path in (f"/proc/{pid}/net/tcp", f"/proc/{pid}/net/tcp6"):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as table:
                for line in table:
                    words = line.split()
                    if words[1].endswith(port) and words[3] == "0A":
                        return True
    return False


def wait_until_listening(server, address, pid="self", timeout=10):
    """True when the server accepts; False when it ended or took too long."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if is_listening(address, pid):
            return True
        if server.wait(0.002) is not None:
            return False
    return False
