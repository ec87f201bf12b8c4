"""The Celery application and its one task; the worker process finds Redis in the environment."""

import os

from celery import Celery

URL_VARIABLE = "BENCH_CELERY_REDIS"
PREFIX_VARIABLE = "BENCH_CELERY_PREFIX"

app = Celery("benchmarks")


def connect(url: str, prefix: str) -> None:
    """Point the application at Redis; every key of it begins with the prefix."""
    app.conf.update(
        broker_url=url,
        result_backend=url,
        broker_transport_options={"global_keyprefix": prefix},
        result_backend_transport_options={"global_keyprefix": prefix},
        broker_connection_retry_on_startup=True,
    )


@app.task(name="no_op")  # type: ignore[untyped-decorator]  # Celery is published without types
def no_op() -> None:
    """Do nothing."""


if URL_VARIABLE in os.environ:
    connect(os.environ[URL_VARIABLE], os.environ[PREFIX_VARIABLE])
