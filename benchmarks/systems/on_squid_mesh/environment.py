"""The environment variables that the host project's settings read."""

SETTINGS = "benchmarks.systems.on_squid_mesh.settings"
DATABASE_VARIABLE = "BENCH_SQUID_MESH_DATABASE"
WORKERS_VARIABLE = "BENCH_SQUID_MESH_WORKERS"
