"""Opens a store's Parquet in DuckDB, polars and pyarrow and compares sums with the manifests.

    pip install duckdb polars pyarrow
    python tests/readers.py night-store

Not part of the Rust tests: it needs Python packages. Exits non-zero at the first thing that differs.
"""

import glob
import json
import sys
from decimal import Decimal

import duckdb
import polars
import pyarrow.compute
import pyarrow.dataset

TABLES = [
    "settlement",
    "priced_line",
    "accumulator_move",
    "ledger_entry",
    "clearing_position",
    "reconciliation_break",
    "not_settled",
]
SUMS = ["medfee_sumamt", "fund_pay_sumamt", "acct_pay", "psn_cash_pay", "hosp_part_amt"]


def believed(store):
    """Sums of all runs, as their manifests state them."""
    sums = [Decimal(0)] * len(SUMS)
    for path in glob.glob(f"{store}/runs/*/manifest.json"):
        with open(path, encoding="utf-8") as file:
            totals = json.load(file)["totals"]
        stated = [totals["settled"]["medfee_sumamt"]] + [totals[name] for name in SUMS[1:]]
        sums = [have + Decimal(more) for have, more in zip(sums, stated)]
    return tuple(sums)


def rows(query):
    return duckdb.sql(query).fetchall()


def main(store):
    for table in TABLES:
        pattern = f"{store}/tables/v1/{table}/*/*.parquet"
        counts = {
            rows(f"select count(*) from read_parquet('{pattern}')")[0][0],
            polars.scan_parquet(pattern).select(polars.len()).collect().item(),
            pyarrow.dataset.dataset(sorted(glob.glob(pattern))).count_rows(),
        }
        assert len(counts) == 1, (table, counts)
        print(f"{table}: {counts.pop()} rows in all three")
    pattern = f"{store}/tables/v1/settlement/*/*.parquet"
    types = dict((row[0], row[1]) for row in rows(f"describe from read_parquet('{pattern}')"))
    assert types["insuplc_admdvs"] == "VARCHAR", "region codes are text"
    assert types["medfee_sumamt"] == "DECIMAL(18,2)", "money is exact"
    summed = ", ".join(f"sum({name})" for name in SUMS)
    by_duckdb = rows(f"select {summed} from read_parquet('{pattern}')")[0]
    by_polars = polars.read_parquet(pattern).select(polars.col(SUMS).sum()).row(0)
    table = pyarrow.dataset.dataset(sorted(glob.glob(pattern))).to_table(SUMS)
    by_arrow = tuple(pyarrow.compute.sum(table[name]).as_py() for name in SUMS)
    stated = believed(store)
    assert by_duckdb == by_polars == by_arrow == stated, (by_duckdb, by_polars, by_arrow, stated)
    # A filter that uses statistics must not lose negative decimals.
    negative = {
        rows(f"select count(*) from read_parquet('{pattern}') where medfee_sumamt < 0")[0][0],
        polars.scan_parquet(pattern)
        .filter(polars.col("medfee_sumamt") < 0)
        .select(polars.len())
        .collect()
        .item(),
        pyarrow.dataset.dataset(sorted(glob.glob(pattern))).count_rows(
            filter=pyarrow.compute.field("medfee_sumamt") < Decimal(0)
        ),
    }
    assert len(negative) == 1, negative
    print(f"sums agree with the manifests; {negative.pop()} reversals")


if __name__ == "__main__":
    main(sys.argv[1])
