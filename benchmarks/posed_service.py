"""What the benchmarks of the service share: a client, fresh copies of clips, a service of their own, percentiles."""

import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request


class Service:
    """A service that runs at this address."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def stop(self):
        """Nothing: somebody else runs it."""

    def ask(self, method, path, body=None, headers=None):
        """The answer to a request whose status is below 400; else urllib.error.HTTPError."""
        request = urllib.request.Request(self.url + path, data=body, headers=headers or {}, method=method)
        with self.opener.open(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def upload(self, clip):
        clip = pathlib.Path(clip)
        with clip.open("rb") as file:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(clip.stat().st_size)}
            return self.ask("POST", "/videos/ingest/?filename=" + clip.name, file, headers)

    def submit(self, kind, request):
        return self.ask("POST", f"/{kind}/submit/", json.dumps(request).encode(), {"Content-Type": "application/json"})

    def finished(self, task):
        """The task when it is final, told by its events."""
        request = urllib.request.Request(f"{self.url}/tasks/{task['task_id']}/events")
        with self.opener.open(request) as events:
            for line in events:
                if line.startswith(b"data:"):
                    task = json.loads(line[5:])
        if task["status"] != "SUCCESS":
            raise RuntimeError(f"a task ended as {task['status']}: {task['error']}")
        return task

    def remove_video(self, video):
        self.ask("DELETE", f"/videos/{video['id']}/")


class OwnService(Service):
    """`posed run` on a free port, with a data folder in `scratch`."""

    def __init__(self, build, scratch):
        data = pathlib.Path(scratch) / "data"
        self.log = open(pathlib.Path(scratch) / "service.log", "w")
        self.process = subprocess.Popen([f"{build}/bin/posed", "run", "--port", "0", "--data-dir", str(data)],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the service did not start: see {self.log.name}")
        super().__init__(re.search(r"http://[^/ ]+", line).group())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def processor_seconds(self):
        """Of all its processes, and of those that they have waited for."""
        ticks = sum(sum(fields[11:15]) for fields in self._statistics().values())
        return ticks / os.sysconf("SC_CLK_TCK")

    def _statistics(self):
        """The numbers of /proc/PID/stat from the third field on, of the process and all its descendants."""
        everybody = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            everybody[int(entry.name)] = [0] + [int(field) for field in fields[1:]]
        family = {self.process.pid}
        while True:
            children = {pid for pid, fields in everybody.items() if fields[1] in family} - family
            if not children:
                return {pid: everybody[pid] for pid in family if pid in everybody}
            family |= children


def fresh_copy(clip, folder):
    """The same video with other bytes: a `free` box of chance at its end, so that nobody has seen it before."""
    copy = pathlib.Path(folder) / pathlib.Path(clip).name
    copy.write_bytes(pathlib.Path(clip).read_bytes() + (24).to_bytes(4, "big") + b"free" + os.urandom(16))
    return copy


def seconds(action, *arguments):
    """How long a call takes, and what it gives."""
    begin = time.monotonic()
    result = action(*arguments)
    return time.monotonic() - begin, result


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values, factor=1.0, digits=1):
    """Median, 90th percentile and the slowest, for a table's cells."""
    return " | ".join(f"{factor * value:.{digits}f}" for value in
                      (percentile(values, 0.5), percentile(values, 0.9), max(values)))


def machine():
    names = re.findall(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} x {names[0] if names else 'processor'}"
