"""`python -m benchmarks`: measure, print the tables, and write latest.json."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from benchmarks import postgres
from benchmarks.campaign import WORKERS, Campaign
from benchmarks.figures import LATEST, write_latest
from benchmarks.options import read_options
from benchmarks.report import report

PACKAGES = ("Django", "django-q2", "psycopg", "dbos", "celery", "redis")


def main() -> int:
    options = read_options()
    with postgres.server() as server_url:
        print(f"{os.cpu_count()} cores, {WORKERS} workers, Python {platform.python_version()}, {_packages()}")
        print(f"{postgres.describe(server_url)}; {options.repetitions} repetitions, medians", flush=True)
        campaign = Campaign(options, server_url)
        campaign.run()
    for line in report(campaign.results, options.workloads):
        print(line)
    write_latest(campaign.results)
    print(f"\nwritten to {LATEST.parent.name}/{LATEST.name}")
    return 0


def _packages() -> str:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} absent")
    return ", ".join(found)


if __name__ == "__main__":
    sys.exit(main())
