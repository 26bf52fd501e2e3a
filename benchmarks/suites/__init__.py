"""Suites for asv: `asv run --config benchmarks/asv.conf.json --python=same --quick`.

Each class is one question; `setup` is not timed. Peers are timed by benchmarks/peers.py instead.
"""
