"""Where the settings are, and the variable in the environment that names the database to them."""

SETTINGS = "benchmarks.pages.settings"
DATABASE_VARIABLE = "BENCH_PAGES_DATABASE"
