"""A cluster of Slurm on this machine alone: munged, slurmctld and slurmd with files of their own in one folder."""
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ["munged", "mungekey", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"]
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

CONFIGURATION = """
ClusterName=anncat
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MpiDefault=none
SwitchType=switch/none
SchedulerParameters=sched_interval=1,bf_interval=1,defer_batch
MinJobAge=60
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=2048 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=60 State=UP
"""


def missing():
    """Why Slurm cannot run here, or None."""
    if os.geteuid() != 0:
        return "Slurm's daemons need root"
    absent = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
    return f"Slurm is not installed ({', '.join(absent)})" if absent else None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextlib.contextmanager
def cluster():
    """Start it; gives the environment in which its commands work, and ends it afterwards."""
    with tempfile.TemporaryDirectory(prefix="anncat-slurm-") as name, daemons_in(Path(name)) as env:
        yield env


@contextlib.contextmanager
def daemons_in(folder):
    """The daemons, with their files in a folder; its path must be a plain one for their configuration."""
    for name in ["state", "spool"]:
        (folder / name).mkdir()
    folder.chmod(0o755)  # munged takes no other
    host, env = socket.gethostname().split(".")[0], {**os.environ, "PATH": PATH, "SLURM_CONF": f"{folder}/slurm.conf"}
    settings = {"host": host, "ports": free_ports(2), "folder": folder, "cores": os.cpu_count()}
    (folder / "slurm.conf").write_text(CONFIGURATION.format(**settings))
    daemons = []

    def start(*command):
        log = open(folder / f"{command[0]}.out", "w")
        daemons.append(subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    try:
        subprocess.run(["mungekey", "--create", f"--keyfile={folder}/munge.key"], env=env, check=True)
        start("munged", "--foreground", "--force", f"--socket={folder}/munge.socket", f"--key-file={folder}/munge.key",
              f"--pid-file={folder}/munge.pid", f"--seed-file={folder}/munge.seed")
        until(lambda: (folder / "munge.socket").exists(), "munged")
        start("slurmctld", "-D")
        start("slurmd", "-D")
        until(lambda: "idle" in output(["sinfo", "-h", "-o", "%T"], env), "the node")
        yield env
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(30)


def output(command, env):
    return subprocess.run(command, env=env, capture_output=True, text=True).stdout


def until(holds, what, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} does not come up"
        time.sleep(0.2)


def wait(env, work, seconds=240):
    """Wait until the queue is empty; every job must have done its work."""
    until(lambda: output(["squeue", "-h"], env).strip() == "", "the queue's end", seconds)
    logs = "\n".join(path.read_text()[-500:] for path in sorted((work / "logs").glob("*.log")))
    assert (work / "done" / "finish.json").exists(), f"Slurm's jobs have not finished the work:\n{logs[-4000:]}"
