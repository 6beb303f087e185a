"""What the analyses find of planted truths, and how often they find what is not there.

``python benchmarks/recovery.py [STUDY …] [--seeds N] [--workers N] [--list] [--csv FILE]``

Each study is run over many seeds with its truth and without it. Printed are power, false alarms, bias, root mean
squared error and coverage of intervals, each with its Monte Carlo error. A new analysis registers its study in a
module of ``benchmarks/studies``.
"""

import argparse
import csv
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).resolve().parent))

from studies import Outcome, Study, load_studies  # noqa: E402 - threads are set before numpy is loaded
from studies.summary import Summary, summarise  # noqa: E402

COLUMNS = ("quantity", "truth", "named", "bias", "RMSE", "coverage", "declined")


def main() -> None:
    """Run the studies that were asked for and print what they found."""
    studies = load_studies()
    arguments = _read_arguments(studies)
    if arguments.list:
        for study in studies.values():
            print(f"{study.name:32} {study.requirement:5} {study.truth}")
        return
    chosen = [studies[name] for name in arguments.studies] or list(studies.values())
    rows = []
    for study in chosen:
        rows += _report(study, seeds=arguments.seeds or study.seeds, first=arguments.first, workers=arguments.workers)
    if arguments.csv:
        with Path(arguments.csv).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([["study", *COLUMNS], *rows])


def run_study(study: Study, *, seeds: Sequence[int], workers: int = 1) -> list[Summary]:
    """Run a study with and without its truth.

    Parameters
    ----------
    study : Study
        What is studied.
    seeds : sequence of int
        One draw for each, the same with and without the truth.
    workers : int
        Processes.

    Returns
    -------
    list of Summary
        First with the truth, then without it.
    """
    summaries: list[Summary] = []
    for planted in (True, False):
        run = partial(_run_seed, study.name, planted=planted)
        if workers > 1:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                outcomes = list(pool.map(run, seeds, chunksize=max(1, len(seeds) // (8 * workers))))
        else:
            outcomes = [run(seed) for seed in seeds]
        summaries += summarise(outcomes, planted=planted)
    return summaries


def _run_seed(name: str, seed: int, *, planted: bool) -> list[Outcome]:
    return list(load_studies()[name].run(seed, planted))


def _report(study: Study, *, seeds: int, first: int, workers: int) -> list[list[str]]:
    begun = time.perf_counter()
    summaries = run_study(study, seeds=range(first, first + seeds), workers=workers)
    promised = [
        f"power at least {study.least_power:.0%}" if study.least_power is not None else "",
        f"false alarms at most {study.most_false_alarms:.0%}" if study.most_false_alarms is not None else "",
    ]
    said = ", ".join(part for part in promised if part)
    print(f"\n{study.name} ({study.requirement}): {study.truth}. {seeds} seeds, {time.perf_counter() - begun:.0f} s.")
    if said:
        print(f"  wanted: {said}")
    rows = [_write_row(summary) for summary in summaries]
    widths = [max(len(row[place]) for row in [list(COLUMNS), *rows]) for place in range(len(COLUMNS))]
    for row in [list(COLUMNS), *rows]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    sys.stdout.flush()
    return [[study.name, *row] for row in rows]


def _write_row(summary: Summary) -> list[str]:
    rates = (summary.named, summary.bias, summary.rmse, summary.coverage, summary.declined)
    return [
        summary.quantity,
        "planted" if summary.planted else "absent",
        *(str(rate) if rate is not None else "" for rate in rates),
    ]


def _read_arguments(studies: dict[str, Study]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("studies", nargs="*", choices=[*studies, []], help="studies by name; none: all")
    parser.add_argument("--seeds", type=int, default=0, help="seeds of each study; 0: as it says itself")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="list the studies and stop")
    parser.add_argument("--csv", default="", help="write the rows to a file, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
